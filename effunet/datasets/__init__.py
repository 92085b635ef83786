"""Data sets: where their files lie, whether they are sound, and how they become batches."""

from .batch_loader import BatchLoader
from .cache import DecodeCache
from .check import (
    CheckedLabels,
    Fault,
    IntegrityReport,
    LabelFile,
    Split,
    SplitFacts,
    check_labels,
    check_pairs,
    check_split,
    check_train_and_val,
    palette_faults,
    raise_faults,
    ranges,
    split_lines,
    stray_labels,
)
from .exchange import FORMATS, Conversion, convert
from .loader_processes import processes_that_fit
from .loading import (
    Batch,
    EvalDataset,
    Sample,
    SizeGroupedBatchSampler,
    TrainDataset,
    batch_bytes,
    collate,
)
from .pairs import (
    ENDINGS,
    PICTURE_SUFFIXES,
    SegmentationPair,
    by_key,
    key_of,
    list_files,
    strip_ending,
)
from .reading import load_pair, read_ids, to_train_ids
from .road_dataset import RoadDataset
from .sets import DATASETS, SCENE_FILES, open_dataset, read_description

__all__ = [
    "DATASETS",
    "ENDINGS",
    "FORMATS",
    "PICTURE_SUFFIXES",
    "SCENE_FILES",
    "Batch",
    "BatchLoader",
    "CheckedLabels",
    "Conversion",
    "DecodeCache",
    "EvalDataset",
    "Fault",
    "IntegrityReport",
    "LabelFile",
    "RoadDataset",
    "Sample",
    "SegmentationPair",
    "SizeGroupedBatchSampler",
    "Split",
    "SplitFacts",
    "TrainDataset",
    "batch_bytes",
    "by_key",
    "check_labels",
    "check_pairs",
    "check_split",
    "check_train_and_val",
    "collate",
    "convert",
    "key_of",
    "list_files",
    "load_pair",
    "open_dataset",
    "palette_faults",
    "processes_that_fit",
    "raise_faults",
    "ranges",
    "read_description",
    "read_ids",
    "split_lines",
    "stray_labels",
    "strip_ending",
    "to_train_ids",
]
