"""Scores that can be trusted: of a model on a split, or of ready-made masks against labels."""

from .evaluation import Evaluation, Origin, class_lines, write_metrics
from .from_files import evaluate_predictions
from .from_model import evaluate
from .protocols import PROTOCOLS, Protocol, find_protocol

__all__ = [
    "PROTOCOLS",
    "Evaluation",
    "Origin",
    "Protocol",
    "class_lines",
    "evaluate",
    "evaluate_predictions",
    "find_protocol",
    "write_metrics",
]
