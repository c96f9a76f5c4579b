"""Symbols and where they are from: embedded digits, MNIST and its kin, folders of images."""

from glyphlab.data.sources import SourceInfo, data_root, fetch_symbols, list_sources, load_symbols
from glyphlab.data.symbols import Symbols, SymbolSet

__all__ = [
    "SourceInfo",
    "SymbolSet",
    "Symbols",
    "data_root",
    "fetch_symbols",
    "list_sources",
    "load_symbols",
]
