"""One of everything that Glyphlab can be extended by."""
