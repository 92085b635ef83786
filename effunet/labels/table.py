"""The label spaces of known data sets, and how their files say the classes."""

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, suggestion
from .label_map import LabelMap, colour_map, identity_map
from .space import IGNORE_INDEX, Colour, LabelSpace

_IDD_LITE = {  # the data set has no official palette; these follow Cityscapes where they can
    "drivable": (128, 64, 128),
    "non-drivable": (244, 35, 232),
    "living-things": (220, 20, 60),
    "vehicles": (0, 0, 142),
    "road-side-objs": (220, 190, 40),
    "far-objects": (70, 70, 70),
    "sky": (70, 130, 180),
}

_CAMVID = {  # SegNet's eleven classes; 11 in the files is unlabelled
    "sky": (128, 128, 128),
    "building": (128, 0, 0),
    "pole": (192, 192, 128),
    "road": (128, 64, 128),
    "pavement": (60, 40, 222),
    "tree": (128, 128, 0),
    "sign_symbol": (192, 128, 128),
    "fence": (64, 64, 128),
    "car": (64, 0, 128),
    "pedestrian": (64, 64, 0),
    "bicyclist": (0, 128, 192),
}

_CITYSCAPES = {
    "road": (128, 64, 128),
    "sidewalk": (244, 35, 232),
    "building": (70, 70, 70),
    "wall": (102, 102, 156),
    "fence": (190, 153, 153),
    "pole": (153, 153, 153),
    "traffic light": (250, 170, 30),
    "traffic sign": (220, 220, 0),
    "vegetation": (107, 142, 35),
    "terrain": (152, 251, 152),
    "sky": (70, 130, 180),
    "person": (220, 20, 60),
    "rider": (255, 0, 0),
    "car": (0, 0, 142),
    "truck": (0, 0, 70),
    "bus": (0, 60, 100),
    "train": (0, 80, 100),
    "motorcycle": (0, 0, 230),
    "bicycle": (119, 11, 32),
}
_CITYSCAPES_LABEL_IDS = (
    7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33,
)  # fmt: skip


_CLASSES: dict[str, dict[str, Colour]] = {
    "idd_lite": _IDD_LITE,
    "camvid": _CAMVID,
    "cityscapes": _CITYSCAPES,
}
_IDS: dict[str, dict[int, int]] = {
    "idd_lite": identity_map(len(_IDD_LITE)),
    "camvid": identity_map(len(_CAMVID)) | {11: IGNORE_INDEX},
    "cityscapes": dict.fromkeys(range(34), IGNORE_INDEX)
    | {label_id: train_id for train_id, label_id in enumerate(_CITYSCAPES_LABEL_IDS)},
}

LABEL_SPACES: dict[str, LabelSpace] = {
    name: LabelSpace(name, tuple(classes), tuple(classes.values()))
    for name, classes in _CLASSES.items()
}

LABEL_MAPS: dict[str, LabelMap] = {
    name: LabelMap(ids, colour_map(LABEL_SPACES[name].palette)) for name, ids in _IDS.items()
}
"""How the label files of each known space say its classes."""


def find_label_space(name: str) -> LabelSpace:
    """The known label space of that name.

    Raises:
        InputError: There is none.
    """
    if name not in LABEL_SPACES:
        raise InputError(
            f"there is no label space {name!r}",
            where="--label_space",
            fix=f"{suggestion(name, LABEL_SPACES)}, or the YAML file that describes a folder",
        )
    return LABEL_SPACES[name]


def match_palette(palette: NDArray[np.uint8]) -> LabelSpace | None:
    """The known label space whose colours open ``palette`` ``(k, 3)``, or None."""
    fitting = [
        space
        for space in LABEL_SPACES.values()
        if np.array_equal(palette[: space.num_classes], space.palette)
    ]
    return max(fitting, key=lambda space: space.num_classes, default=None)
