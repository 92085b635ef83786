"""The label space, from which class count, names, palette and ignore index are derived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IGNORE_INDEX = 255
"""Train id of void pixels: never learnt, never scored."""


@dataclass(frozen=True)
class LabelSpace:
    """Classes of a data set and how the ids in its files map onto them."""

    name: str
    """Short name, for example ``idd_lite``."""
    names: tuple[str, ...]
    """Class names; the position is the train id."""
    palette: tuple[tuple[int, int, int], ...]
    """RGB colour of each class."""
    label_map: Mapping[int, int]
    """Id in the files (0 to 255) → train id, or ``IGNORE_INDEX``. An id that is not a key is an
    error in the data, except 255, which is void unless it is a key."""

    @property
    def num_classes(self) -> int:
        """How many classes are learnt and scored."""
        return len(self.names)

    @property
    def ignore_index(self) -> int:
        """Train id of void."""
        return IGNORE_INDEX

    @property
    def known_ids(self) -> frozenset[int]:
        """Every id a label file may hold."""
        return frozenset(self.label_map) | {IGNORE_INDEX}

    def lookup_table(self) -> NDArray[np.uint8]:
        """``(256,)`` entries that turn label ids into train ids; unknown ids become void."""
        table = np.full(256, IGNORE_INDEX, dtype=np.uint8)
        for label_id, train_id in self.label_map.items():
            table[label_id] = train_id
        return table

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
            "label_map": {str(key): value for key, value in self.label_map.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "LabelSpace":
        """Inverse of :meth:`to_dict`."""
        return cls(
            name=values["name"],
            names=tuple(values["names"]),
            palette=tuple((r, g, b) for r, g, b in values["palette"]),
            label_map={int(key): value for key, value in values["label_map"].items()},
        )


def identity_map(classes: Sequence[str]) -> dict[int, int]:
    """Label map of files that already hold train ids."""
    return {index: index for index in range(len(classes))}
