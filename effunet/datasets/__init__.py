"""Data sets: where their files lie, whether they are sound, and how they become batches."""

from .cache import DecodeCache
from .check import (
    Fault,
    IntegrityReport,
    Split,
    SplitFacts,
    check_pairs,
    check_split,
    check_train_and_val,
    split_lines,
)
from .loading import (
    Batch,
    BatchLoader,
    EvalDataset,
    Sample,
    SizeGroupedBatchSampler,
    TrainDataset,
    collate,
)
from .pairs import (
    ENDINGS,
    PICTURE_SUFFIXES,
    SegmentationPair,
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
    "PICTURE_SUFFIXES",
    "SCENE_FILES",
    "Batch",
    "BatchLoader",
    "DecodeCache",
    "EvalDataset",
    "Fault",
    "IntegrityReport",
    "RoadDataset",
    "Sample",
    "SegmentationPair",
    "SizeGroupedBatchSampler",
    "Split",
    "SplitFacts",
    "TrainDataset",
    "check_pairs",
    "check_split",
    "check_train_and_val",
    "collate",
    "key_of",
    "list_files",
    "load_pair",
    "open_dataset",
    "read_description",
    "read_ids",
    "split_lines",
    "strip_ending",
    "to_train_ids",
]
