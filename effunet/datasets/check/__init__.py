"""Whether the files of a data set are sound: all faults listed at once, before anything else."""

from .faults import FILES_NAMED, Fault, raise_faults
from .integrity import IntegrityReport, SplitFacts, check_pairs, check_split
from .label_faults import LabelFile, palette_faults, ranges
from .labels import CheckedLabels, check_labels
from .notes import stray_labels
from .splits import Split, check_train_and_val, split_lines

__all__ = [
    "FILES_NAMED",
    "CheckedLabels",
    "Fault",
    "IntegrityReport",
    "LabelFile",
    "Split",
    "SplitFacts",
    "check_labels",
    "check_pairs",
    "check_split",
    "check_train_and_val",
    "palette_faults",
    "raise_faults",
    "ranges",
    "split_lines",
    "stray_labels",
]
