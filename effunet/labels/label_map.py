"""How label files say which class a pixel is of: by an id or by a colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .id_encoding import PLAIN_IDS, IdEncoding
from .space import IGNORE_INDEX, Colour, is_id, to_colour

_MOST_COLOURS = 4096


@dataclass(frozen=True)
class LabelMap:
    """What ids and colours in label files mean; one space may have several such maps."""

    ids: Mapping[int, int]
    """Id in the files (0 to 255) → train id, or ``IGNORE_INDEX``. An id that is not a key is an
    error in the data, except 255, which is void unless it is a key."""
    colours: Mapping[Colour, int] = field(default_factory=dict)
    """RGB in the files → train id, or ``IGNORE_INDEX``; empty where no colours are known."""
    stated: bool = False
    """Whether the user wrote the ids down for just these files, and so knows what they mean."""
    encoding: IdEncoding = PLAIN_IDS
    """Where in the files the ids are."""

    @property
    def known_ids(self) -> frozenset[int]:
        """Every id a label file may hold."""
        return frozenset(self.ids) | {IGNORE_INDEX}

    def lookup_table(self) -> NDArray[np.uint8]:
        """``(256,)`` entries that turn label ids into train ids; unknown ids become void."""
        table = np.full(256, IGNORE_INDEX, dtype=np.uint8)
        for label_id, train_id in self.ids.items():
            table[label_id] = train_id
        return table

    def of_ids(self) -> "LabelMap":
        """For label files that hold ids, be it in three equal channels."""
        return replace(self, colours={})

    def of_colours(self) -> "LabelMap":
        """For label files that hold colours."""
        return replace(self, ids={})

    def to_dict(self) -> dict[str, Any]:
        """Plain types only, for JSON and checkpoints."""
        return {
            "ids": {str(label_id): train_id for label_id, train_id in self.ids.items()},
            "colours": [[list(colour), train_id] for colour, train_id in self.colours.items()],
            "stated": self.stated,
            "encoding": self.encoding.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "LabelMap":
        """Inverse of :meth:`to_dict`, of values that anyone may have written.

        Raises:
            KeyError: One is missing.
            ValueError: One is not what :meth:`to_dict` gives.
        """
        colours, stated = values["colours"], values["stated"]
        if not isinstance(stated, bool):
            raise ValueError("stated is neither true nor false")
        if not (isinstance(colours, list) and len(colours) <= _MOST_COLOURS):
            raise ValueError("the label map's colours are not a list")
        encoding = PLAIN_IDS
        if "encoding" in values:  # which checkpoints of before do not have
            encoding = IdEncoding.from_dict(values["encoding"])
        return cls(ids_from_dict(values["ids"]), dict(map(_to_entry, colours)), stated, encoding)


def ids_from_dict(values: object) -> dict[int, int]:
    """Label id → train id of a mapping with text keys that anyone may have written.

    Raises:
        ValueError: One of them is not a whole number from 0 to 255.
    """
    if not isinstance(values, dict) or not all(
        key.isdecimal() and len(key) <= 3 and is_id(int(key)) and is_id(train_id)
        for key, train_id in values.items()
    ):
        raise ValueError("the label map's ids are not whole numbers from 0 to 255")
    return {int(key): train_id for key, train_id in values.items()}


def _to_entry(pair: object) -> tuple[Colour, int]:
    match pair:
        case [levels, int() as train_id] if is_id(train_id):
            return to_colour(levels), train_id
    raise ValueError("the label map's colours are not pairs of a colour and a class")


def identity_map(num_classes: int) -> dict[int, int]:
    """Ids of files that already hold train ids."""
    return {index: index for index in range(num_classes)}


def train_id_map(num_classes: int) -> LabelMap:
    """Of files that hold train ids, void as 255 or, as some exporters have it, one past them."""
    return LabelMap(identity_map(num_classes) | {num_classes: IGNORE_INDEX})


def colour_map(palette: Sequence[Colour]) -> dict[Colour, int]:
    """Colours of files painted with ``palette``, where black is void unless a class is black.

    Empty where two classes share a colour: such files do not say which is meant.
    """
    if not palette:
        return {}
    colours = {colour: train_id for train_id, colour in enumerate(palette)}
    return {(0, 0, 0): IGNORE_INDEX} | colours if len(colours) == len(palette) else {}


def packed(colour: Colour) -> int:
    """One number for a colour: ``0xRRGGBB``."""
    r, g, b = colour
    return r << 16 | g << 8 | b


def pack_colours(image: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Numbers ``0xRRGGBB`` ``(h, w)`` of a picture ``(h, w, 3)``."""
    weights = np.array([1 << 16, 1 << 8, 1], dtype=np.int32)
    values: NDArray[np.int32] = image.astype(np.int32) @ weights
    return values
