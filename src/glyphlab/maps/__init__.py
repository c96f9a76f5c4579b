"""Maps of what a trained net makes of images, and what may be said of them in numbers."""

from glyphlab.maps.map_run import INPUT, LayerMap, RunMaps, map_run

__all__ = ["INPUT", "LayerMap", "RunMaps", "map_run"]
