"""Starting weights: from packages, the hub, files and other runs."""

from .matching import WeightsReport
from .starting import load_weights

__all__ = ["WeightsReport", "load_weights"]
