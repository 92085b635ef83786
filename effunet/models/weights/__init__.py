"""Starting weights: from packages, the hub, files and other runs."""

from .matching import WeightsReport
from .pickled import refuse_bomb, why_refused
from .starting import load_weights

__all__ = ["WeightsReport", "load_weights", "refuse_bomb", "why_refused"]
