"""What the classes of a data set are called and coloured, and how label files say them."""

from .colours import class_colours
from .id_encoding import CHANNELS, PLAIN_IDS, IdEncoding, is_divisor
from .label_map import (
    LabelMap,
    colour_map,
    identity_map,
    ids_from_dict,
    pack_colours,
    packed,
    train_id_map,
)
from .space import IGNORE_INDEX, Colour, LabelSpace
from .table import LABEL_MAPS, LABEL_SPACES, find_label_space, match_palette

__all__ = [
    "CHANNELS",
    "IGNORE_INDEX",
    "LABEL_MAPS",
    "LABEL_SPACES",
    "PLAIN_IDS",
    "Colour",
    "IdEncoding",
    "LabelMap",
    "LabelSpace",
    "class_colours",
    "colour_map",
    "find_label_space",
    "identity_map",
    "ids_from_dict",
    "is_divisor",
    "match_palette",
    "pack_colours",
    "packed",
    "train_id_map",
]
