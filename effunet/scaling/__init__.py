"""Compound scaling: the formula and the published table."""

from .compound import STRIDE, Scaling, compound, round_channels, round_repeats
from .table import VARIANTS, scaling_for

__all__ = [
    "STRIDE",
    "VARIANTS",
    "Scaling",
    "compound",
    "round_channels",
    "round_repeats",
    "scaling_for",
]
