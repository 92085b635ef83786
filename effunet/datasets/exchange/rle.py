"""COCO's run lengths: pixels down the columns, those outside of the area first."""

import numpy as np
from numpy.typing import NDArray

from .values import items, malformed, mapping, whole

_BITS = 5  # of a count, in every letter
_GOES_ON = 0x20
_NEGATIVE = 0x10
_LONGEST = 7  # letters of a count


def decode_area(value: object, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The area ``(h, w)`` of ``{"size": [h, w], "counts": [...] or text}``.

    Raises:
        InputError: It does not fill a picture of ``size`` (height, width) exactly.
    """
    area = mapping(value, "an area")
    if tuple(items(area.get("size"), "the size of an area")) != size:
        raise malformed("an area of run lengths has another size than its picture")
    height, width = size
    counts = area.get("counts")
    if isinstance(counts, str):
        lengths = _unpacked(counts, most=height * width + 2)
    else:
        lengths = [whole(count, "a run length") for count in items(counts, "counts")]
    if min(lengths, default=0) < 0 or sum(lengths) != height * width:
        raise malformed("run lengths do not fill their picture")
    inside = np.arange(len(lengths)) % 2 == 1
    filled: NDArray[np.bool_] = np.repeat(inside, lengths).reshape(width, height).T
    return filled


def _unpacked(text: str, *, most: int) -> list[int]:
    """Numbers of at most seven letters with five bits each, from the third on as differences."""
    counts: list[int] = []
    value = letters = 0
    for letter in text:
        chunk = ord(letter) - 48
        if not 0 <= chunk < 64 or letters == _LONGEST or len(counts) > most:
            raise malformed("packed run lengths make no sense")
        value |= (chunk & 0x1F) << _BITS * letters
        letters += 1
        if not chunk & _GOES_ON:
            if chunk & _NEGATIVE:
                value -= 1 << _BITS * letters
            counts.append(value + (counts[-2] if len(counts) > 2 else 0))
            value = letters = 0
    if letters:
        raise malformed("packed run lengths end in the middle of a number")
    return counts
