"""The data sets that can be opened by name, one file each."""

from .description import read_description
from .idd_lite import SCENE_FILES
from .labels_below import label_folders
from .recognise import ARCHIVE_SUFFIXES, recognise
from .table import DATASETS, open_dataset

__all__ = [
    "ARCHIVE_SUFFIXES",
    "DATASETS",
    "SCENE_FILES",
    "label_folders",
    "open_dataset",
    "read_description",
    "recognise",
]
