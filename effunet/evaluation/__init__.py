"""Scores that can be trusted: of a model on a split, or of ready-made masks against labels."""

from .evaluation import Evaluation, Origin, class_lines, write_metrics
from .from_files import evaluate_predictions
from .from_model import evaluate
from .mistaken import Mistaken
from .page import write_report
from .protocols import PROTOCOLS, Protocol, find_protocol

__all__ = [
    "PROTOCOLS",
    "Evaluation",
    "Mistaken",
    "Origin",
    "Protocol",
    "class_lines",
    "evaluate",
    "evaluate_predictions",
    "find_protocol",
    "write_metrics",
    "write_report",
]
