"""From pictures to masks: predictor, sources, writers."""

from .prediction import Prediction
from .predictor import ImageSource, Predictor, load
from .run import Skipped, Summary, predict
from .sources import Picture, Source, find_pictures

__all__ = [
    "ImageSource",
    "Picture",
    "Prediction",
    "Predictor",
    "Skipped",
    "Source",
    "Summary",
    "find_pictures",
    "load",
    "predict",
]
