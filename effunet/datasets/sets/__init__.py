"""The data sets that can be opened by name, one file each."""

from .description import read_description
from .idd_lite import SCENE_FILES
from .recognise import recognise
from .table import DATASETS, open_dataset

__all__ = ["DATASETS", "SCENE_FILES", "open_dataset", "read_description", "recognise"]
