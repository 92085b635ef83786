"""From pictures to masks: predictor, sources, writers."""

from .pictures import ImageSource
from .prediction import Prediction
from .predictor import Predictor, load
from .readable import Skipped
from .run import predict
from .sources import PictureFile, Source, find_pictures
from .summary import Summary

__all__ = [
    "ImageSource",
    "PictureFile",
    "Prediction",
    "Predictor",
    "Skipped",
    "Source",
    "Summary",
    "find_pictures",
    "load",
    "predict",
]
