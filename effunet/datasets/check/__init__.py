"""Whether the files of a data set are sound: all faults listed at once, before anything else."""

from .faults import Fault
from .integrity import IntegrityReport, SplitFacts, check_pairs, check_split
from .splits import Split, check_train_and_val, split_lines

__all__ = [
    "Fault",
    "IntegrityReport",
    "Split",
    "SplitFacts",
    "check_pairs",
    "check_split",
    "check_train_and_val",
    "split_lines",
]
