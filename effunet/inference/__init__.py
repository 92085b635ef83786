"""From pictures to masks: predictor, sources, writers."""

from .pictures import ImageSource
from .prediction import Prediction
from .predictor import Predictor, load
from .run import predict
from .sources import PictureFile, Source, find_pictures
from .summary import Skipped, Summary

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
