"""Label Studio's brush strokes: bits that tell runs of bytes from bytes one by one."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .values import items, malformed

_CHANNELS = 4
"""Red, green, blue and the opacity, which is what was painted."""


def decode_brush(value: object, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The painted area ``(h, w)`` of a list of bytes.

    Thirty-two bits say how many values there are, five how many bits a value has, four times four
    how many bits the four lengths of a run may have (all of them less one).

    Raises:
        InputError: The bytes do not fill a picture of ``size`` (height, width) exactly.
    """
    content = items(value, "rle")
    if not all(isinstance(byte, int) and 0 <= byte < 256 for byte in content):
        raise malformed("a brush stroke is not a list of bytes")
    bits = _Bits(bytes(content))
    height, width = size
    count, word = bits.read(32), bits.read(5) + 1
    if count != height * width * _CHANNELS or word > 8:
        raise malformed("a brush stroke has another size than its picture")
    lengths = [bits.read(4) + 1 for _ in range(4)]
    values = np.zeros(count, dtype=np.uint8)
    done = 0
    for run in _runs(bits, word, lengths, count):
        values[done : done + len(run)] = run
        done += len(run)
    painted: NDArray[np.bool_] = values.reshape(height, width, _CHANNELS)[..., 3] > 0
    return painted


def _runs(bits: "_Bits", word: int, lengths: list[int], count: int) -> Iterator[NDArray[np.uint8]]:
    """The values, some at a time."""
    done = 0
    while done < count:
        alike = bits.read(1)
        length = 1 + bits.read(lengths[bits.read(2)])
        length = min(length, count - done)
        if alike:
            yield np.full(length, bits.read(word), dtype=np.uint8)
        else:
            yield bits.read_many(word, length)
        done += length


class _Bits:
    """Numbers of any width from a row of bytes, the highest bit first."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def read(self, width: int) -> int:
        """The next ``width`` bits as a number."""
        first, self._at = self._at, self._at + width
        end = -(-self._at // 8)
        if end > len(self._content):
            raise malformed("a brush stroke ends too early")
        number = int.from_bytes(self._content[first // 8 : end])
        return number >> 8 * end - self._at & (1 << width) - 1

    def read_many(self, width: int, count: int) -> NDArray[np.uint8]:
        """The next ``count`` numbers of ``width`` bits, at most eight."""
        first, self._at = self._at, self._at + width * count
        end = -(-self._at // 8)
        if end > len(self._content):
            raise malformed("a brush stroke ends too early")
        row = np.frombuffer(self._content[first // 8 : end], dtype=np.uint8)
        bits = np.unpackbits(row)[first % 8 :][: width * count].reshape(count, width)
        weights = 1 << np.arange(width)[::-1]
        numbers: NDArray[np.uint8] = (bits @ weights).astype(np.uint8)
        return numbers
