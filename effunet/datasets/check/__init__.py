"""Whether the files of a data set are sound: all faults listed at once, before anything else."""

from .counts import pixels_by_file
from .faults import FILES_NAMED, Fault, below, raise_faults
from .integrity import IntegrityReport, SplitFacts, check_pairs, check_split
from .label_faults import LabelFile, palette_faults, ranges
from .labels import CheckedLabels, check_labels
from .meaning import faults_between
from .notes import shared_drives, stray_labels
from .splits import Split, check_train_and_val, split_lines

__all__ = [
    "FILES_NAMED",
    "CheckedLabels",
    "Fault",
    "IntegrityReport",
    "LabelFile",
    "Split",
    "SplitFacts",
    "below",
    "check_labels",
    "check_pairs",
    "check_split",
    "check_train_and_val",
    "faults_between",
    "palette_faults",
    "pixels_by_file",
    "raise_faults",
    "ranges",
    "shared_drives",
    "split_lines",
    "stray_labels",
]
