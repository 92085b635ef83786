"""What a data set holds, and what that suggests for training on it."""

from .crop import suggest_crop
from .measure import Statistics, measure
from .table import statistics_lines

__all__ = ["Statistics", "measure", "statistics_lines", "suggest_crop"]
