"""What training minimises: pixel and region losses on logits, and weighted sums of them.

Void pixels give no gradient, a batch of nothing but void gives zero, and everything is computed
in float32, or in the network's float64.
"""

from .class_weights import median_frequency
from .weighted_sum import LOSSES, WeightedSum, build_loss, check_loss

__all__ = ["LOSSES", "WeightedSum", "build_loss", "check_loss", "median_frequency"]
