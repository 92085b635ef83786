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


_LONGEST = 1000
"""Characters of a name."""


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
        """Inverse of :meth:`to_dict`, of values that anyone may have written.

        Raises:
            KeyError: One is missing.
            ValueError: One is not what :meth:`to_dict` gives.
        """
        name, names, palette = values["name"], values["names"], values["palette"]
        if not _is_text(name):
            raise ValueError("the label space's name is not a short text")
        if not (isinstance(names, list) and 1 <= len(names) <= IGNORE_INDEX):
            raise ValueError(f"names is not a list of 1 to {IGNORE_INDEX} classes")
        if not all(map(_is_text, names)) or len(set(names)) < len(names):
            raise ValueError("names does not give each class a short text of its own")
        if not (isinstance(palette, list) and len(palette) == len(names)):
            raise ValueError("palette does not give each class a colour")
        return cls(name, tuple(names), tuple(map(to_colour, palette)))


def to_colour(levels: object) -> Colour:
    """Red, green and blue of a list that anyone may have written.

    Raises:
        ValueError: They are not three whole numbers from 0 to 255.
    """
    match levels:
        case [int() as r, int() as g, int() as b] if all(map(is_id, (r, g, b))):
            return r, g, b
    raise ValueError("a colour is not three whole numbers from 0 to 255")


def is_id(value: object) -> bool:
    """Whether it is a whole number from 0 to 255."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= _LONGEST
