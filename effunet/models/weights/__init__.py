"""Starting weights: from packages, the hub, files and other runs."""

from .matching import WeightsReport
from .pickled import why_refused
from .starting import load_weights

__all__ = ["WeightsReport", "load_weights", "why_refused"]
