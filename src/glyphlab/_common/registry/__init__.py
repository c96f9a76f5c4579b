"""What can be extended, by name: our own and that of installed plug-ins.

A registry knows the names without importing what stands behind them. A plug-in is a package with an
entry point of the registry's group, as ``[project.entry-points."glyphlab.strategies"]``.
"""

from glyphlab._common.registry.names import Registry
from glyphlab._common.registry.tables import AUGMENTATIONS, LOSSES, NETS, SOURCES, STRATEGIES

__all__ = ["AUGMENTATIONS", "LOSSES", "NETS", "SOURCES", "STRATEGIES", "Registry"]
