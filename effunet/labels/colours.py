"""Colours of classes that nobody has given any: known ones by name, the rest far apart."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .space import Colour

_NAMES: dict[Colour, str] = {
    (128, 64, 128): "road drivable drivablearea driveable driveablearea roadway carriageway street "
    "drivablesurface",
    (244, 35, 232): "sidewalk pavement footpath footway walkway nondrivable nondriveable",
    (70, 70, 70): "building house",
    (102, 102, 156): "wall",
    (190, 153, 153): "fence",
    (153, 153, 153): "pole",
    (250, 170, 30): "trafficlight trafficsignal",
    (220, 220, 0): "trafficsign roadsign sign signsymbol",
    (107, 142, 35): "vegetation tree plant bush",
    (152, 251, 152): "terrain grass",
    (70, 130, 180): "sky",
    (220, 20, 60): "person pedestrian people human livingthing",
    (255, 0, 0): "rider bicyclist cyclist motorcyclist",
    (0, 0, 142): "car vehicle automobile",
    (0, 0, 70): "truck lorry",
    (0, 60, 100): "bus coach",
    (0, 80, 100): "train tram",
    (0, 0, 230): "motorcycle motorbike",
    (119, 11, 32): "bicycle bike cycle",
    (250, 170, 160): "parking",
    (230, 150, 140): "railtrack",
    (180, 165, 180): "guardrail",
    (150, 100, 100): "bridge",
    (150, 120, 90): "tunnel",
    # not of Cityscapes: what is left over is no colour of its own
    (110, 110, 110): "background other rest misc miscellaneous unlabeled unlabelled",
    # of CARLA, which paints its other classes as Cityscapes does
    (157, 234, 50): "roadline lanemarking roadmarking laneline",
    (45, 60, 150): "water",
}
"""Of Cityscapes: a colour → its classes, small and without gaps, its own name for them first."""
_KNOWN = {name: colour for colour, names in _NAMES.items() for name in names.split()}
_RANKS = {name: rank for names in _NAMES.values() for rank, name in enumerate(names.split())}


def class_colours(names: Sequence[str]) -> tuple[Colour, ...]:
    """An RGB colour for each class, no two alike, the same every time.

    Classes called like those of Cityscapes, in whatever case, number and spelling with spaces,
    hyphens or underscores, are painted like them. The rest are as far as can be from these, from
    each other and from black and white.
    """
    colours = _known_colours(names)
    rest = iter(_far_apart(len(names) - len(colours), taken=list(colours.values())))
    return tuple(colours[name] if name in colours else next(rest) for name in names)


def _known_colours(names: Sequence[str]) -> dict[str, Colour]:
    """Of two classes that one colour would fit, that with the commoner name has it."""
    meant = {name: key for name in names if (key := _known_name(name))}
    colours: dict[str, Colour] = {}
    for name, key in sorted(meant.items(), key=lambda item: _RANKS[item[1]]):
        if _KNOWN[key] not in colours.values():
            colours[name] = _KNOWN[key]
    return colours


def _known_name(name: str) -> str | None:
    plain = re.sub(r"[\s_-]+", "", name).casefold()
    singular = (re.sub(ending, new, plain) for ending, new in _PLURALS)
    return next((known for known in (plain, *singular) if known in _KNOWN), None)


_PLURALS = (("s$", ""), ("es$", ""), ("ies$", "y"))


def _far_apart(count: int, *, taken: Sequence[Colour]) -> list[Colour]:
    """Each the farthest from all before it: greedy, on a grid of 4,096 colours."""
    levels = np.arange(0, 256, 17)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    places = _perceived(grid)
    nearest = np.full(len(grid), np.inf)
    for place in _perceived(np.array([(0, 0, 0), (255, 255, 255), *taken])):
        nearest = np.minimum(nearest, np.linalg.norm(places - place, axis=1))
    colours: list[Colour] = []
    for _ in range(count):
        farthest = int(nearest.argmax())
        r, g, b = grid[farthest].tolist()
        colours.append((r, g, b))
        nearest = np.minimum(nearest, np.linalg.norm(places - places[farthest], axis=1))
    return colours


def _perceived(colours: NDArray[np.int64]) -> NDArray[np.float64]:
    """Places ``(k, 3)`` of RGB colours ``(k, 3)`` in OKLab, where distance is as the eye sees it.

    The matrices are those of its author, Björn Ottosson (2020). Hue and chroma count twice, as
    neighbouring surfaces of a picture differ in lightness by their shading already.
    """
    levels = colours / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    lab = np.cbrt(linear @ _LINEAR_TO_LMS.T) @ _LMS_TO_LAB.T
    places: NDArray[np.float64] = (lab * (1, 2, 2)).round(6)  # ties fall alike on any processor
    return places


_LINEAR_TO_LMS = np.array(
    [
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    ]
)
_LMS_TO_LAB = np.array(
    [
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    ]
)
