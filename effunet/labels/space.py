"""The label space, from which class count, names, palette and ignore index are derived."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IGNORE_INDEX = 255
"""Train id of void pixels: never learnt, never scored."""

Colour = tuple[int, int, int]
"""Red, green and blue from 0 to 255."""


@dataclass(frozen=True)
class LabelSpace:
    """Classes of a data set: what they are called and how they are painted."""

    name: str
    """Short name, for example ``idd_lite``."""
    names: tuple[str, ...]
    """Class names; the position is the train id."""
    palette: tuple[Colour, ...]
    """RGB colour of each class."""

    @property
    def num_classes(self) -> int:
        """How many classes are learnt and scored."""
        return len(self.names)

    @property
    def ignore_index(self) -> int:
        """Train id of void."""
        return IGNORE_INDEX

    def palette_array(self) -> NDArray[np.uint8]:
        """``(256, 3)`` RGB table indexed by train id; void and unused entries are black."""
        colours = np.zeros((256, 3), dtype=np.uint8)
        colours[: self.num_classes] = self.palette
        return colours

    def to_dict(self) -> dict[str, Any]:
        """Plain types only, for JSON and checkpoints."""
        return {
            "name": self.name,
            "names": list(self.names),
            "palette": [list(colour) for colour in self.palette],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "LabelSpace":
        """Inverse of :meth:`to_dict`."""
        return cls(
            name=values["name"],
            names=tuple(values["names"]),
            palette=tuple((r, g, b) for r, g, b in values["palette"]),
        )
