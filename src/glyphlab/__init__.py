"""Glyphlab."""
