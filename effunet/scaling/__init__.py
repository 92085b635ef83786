"""Compound scaling: the formula and the published table."""

from .compound import Scaling, compound, round_channels, round_repeats
from .table import VARIANTS, scaling_for

__all__ = [
    "VARIANTS",
    "Scaling",
    "compound",
    "round_channels",
    "round_repeats",
    "scaling_for",
]
