"""What annotation tools export, turned into a folder of pictures and masks."""

from .convert import Conversion, convert
from .formats import FORMATS

__all__ = ["FORMATS", "Conversion", "convert"]
