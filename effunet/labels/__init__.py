"""Label spaces: what the classes of a data set are called, coloured and numbered."""

from .space import IGNORE_INDEX, LabelSpace
from .table import LABEL_SPACES, find_label_space, match_palette

__all__ = ["IGNORE_INDEX", "LABEL_SPACES", "LabelSpace", "find_label_space", "match_palette"]
