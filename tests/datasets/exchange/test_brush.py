import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from effunet.datasets.exchange.brush import decode_brush
from effunet.errors import InputError

SIZE = (5, 7)


def _packed(values: np.ndarray, *, literal: bool) -> list[int]:
    """Alike values as runs, or all of them one by one."""
    bits = f"{values.size:032b}{7:05b}" + "".join(f"{width - 1:04b}" for width in (3, 4, 8, 16))
    if literal:  # behind a run of one, so that no value begins where a byte does
        bits += "1" + "00" + "000" + f"{values[0]:08b}"
        bits += "0" + "11" + f"{values.size - 2:016b}" + "".join(f"{v:08b}" for v in values[1:])
    else:
        edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), values.size]
        for first, end in pairwise(edges):
            bits += "1" + "10" + f"{end - first - 1:08b}" + f"{values[first]:08b}"
    return _bytes(bits)


def _bytes(bits: str) -> list[int]:
    bits += "0" * (-len(bits) % 8)
    return [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]


@pytest.mark.parametrize("literal", [False, True])
def test_what_was_painted_comes_back(literal: bool) -> None:
    area = np.random.default_rng(0).random(SIZE) < 0.4
    values = np.zeros((area.size, 4), np.uint8)
    values[:, 3] = area.ravel()  # the lowest bit, which goes first where bits are out of step
    painted = decode_brush(_packed(values.ravel(), literal=literal), SIZE)
    np.testing.assert_array_equal(painted, area)


@pytest.mark.parametrize("literal", [False, True])
def test_a_stroke_that_ends_early_is_refused(literal: bool) -> None:
    content = _packed(np.zeros(5 * 7 * 4, np.uint8), literal=literal)
    with pytest.raises(InputError, match="ends too early"):
        decode_brush(content[:-1], SIZE)


@pytest.mark.parametrize("value", [None, [], [256], ["a"], [255] * 20])
def test_what_is_no_stroke_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        decode_brush(value, SIZE)


HEAD = f"{4 * 5 * 7:032b}" + "{word:05b}" + "0111" * 4
RUN = "1" + "00" + "11111111"
"""256 values, where there are 140."""


def test_a_run_past_the_end_ends_with_the_picture() -> None:
    assert decode_brush(_bytes(HEAD.format(word=7) + RUN + "11111111"), SIZE).all()


def test_values_of_more_than_a_byte_are_refused() -> None:
    with pytest.raises(InputError, match="another size"):
        decode_brush(_bytes(HEAD.format(word=8) + RUN + "111111111"), SIZE)


def test_strokes_of_the_tool_itself_are_read() -> None:
    file = Path(__file__).parent / "fixtures/label_studio/export/project-1.json"
    (first, *_) = json.loads(file.read_text())[0]["annotations"][0]["result"]
    area = decode_brush(first["value"]["rle"], (48, 64))
    assert area[:11].all()
    assert not area[20:].any()
