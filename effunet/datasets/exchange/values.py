"""Values of JSON that anyone may have written."""

import json
import math
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from ...errors import InputError
from ...imaging import Point

MOST_BYTES = 1 << 30
_MOST_POINTS = 20_000
_FARTHEST = 100_000.0  # pixels; no picture is so long, and a wider circle takes Pillow minutes
_EXPORT_AGAIN = "export the annotations again, or correct the file"


def malformed(what: str) -> InputError:
    """What every value is refused with that cannot be meant."""
    return InputError(what, fix=_EXPORT_AGAIN)


@contextmanager
def inside(where: Path) -> Iterator[None]:
    """Name ``where`` in an :class:`InputError` of the block that says of no place."""
    try:
        yield
    except InputError as error:
        if error.where is not None:
            raise
        raise InputError(error.what, where=where, why=error.why, fix=error.fix) from error


def read_json(path: Path) -> Any:  # noqa: ANN401  # JSON is
    """The content of ``path``.

    Raises:
        InputError: It cannot be read, is too long, or is no JSON.
    """
    try:
        return json.loads(read_text(path, most_bytes=MOST_BYTES), parse_constant=_refuse_constant)
    except RecursionError:
        why = "it is nested too deeply"
    except ValueError as error:
        why = f"it is no JSON: {str(error)[:200]}"
    raise _unreadable(path, why)


def read_text(path: Path, *, most_bytes: int = 1 << 24) -> str:
    """The content of ``path``, which is in UTF-8.

    Raises:
        InputError: It cannot be read, or is too long.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError("it is no ordinary file")
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise ValueError(f"it is longer than {most_bytes >> 20} MiB")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(
            path, f"it is not in UTF-8: {error.reason} at byte {error.start}"
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)[:200]) from error


def _unreadable(path: Path, why: str) -> InputError:
    return InputError("the annotations cannot be read", where=path, why=why, fix=_EXPORT_AGAIN)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which is no number")


def mapping(value: object, what: str) -> dict[str, Any]:
    """``value`` if it is a JSON object.

    Raises:
        InputError: It is not; ``what`` it should be is named.
    """
    if not isinstance(value, dict):
        raise malformed(f"{what} is no mapping")
    return value


def items(value: object, what: str) -> list[Any]:
    """``value`` if it is a list; see :func:`mapping`."""
    if not isinstance(value, list):
        raise malformed(f"{what} is no list")
    return value


def text(value: object, what: str) -> str:
    """``value`` if it is text that is not empty; see :func:`mapping`."""
    if not isinstance(value, str) or not value.strip():
        raise malformed(f"{what} is no text")
    return value


def whole(value: object, what: str) -> int:
    """``value`` if it is a whole number; see :func:`mapping`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise malformed(f"{what} is no whole number")
    return value


def number(value: object, what: str) -> float:
    """``value`` if it is a number of a size that can be meant; see :func:`mapping`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise malformed(f"{what} is no number")
    if not math.isfinite(value) or abs(value) > _FARTHEST:
        raise malformed(f"{what} lies far outside of any picture")
    return float(value)


def picture_size(holder: dict[str, Any], *, height: str, width: str) -> tuple[int, int] | None:
    """(height, width) that the annotation states under these keys, if it does."""
    if holder.get(height) is None or holder.get(width) is None:
        return None
    return whole(holder[height], height), whole(holder[width], width)


def points(pairs: object) -> list[Point]:
    """Points of a list of ``[x, y]``."""
    pairs = items(pairs, "a shape's list of points")
    if len(pairs) > _MOST_POINTS:
        raise malformed(f"a shape has more than {_MOST_POINTS} points")
    found = []
    for pair in pairs:
        levels = [number(level, "a coordinate") for level in items(pair, "a point")]
        if len(levels) != 2:
            raise malformed("a point has not two coordinates")
        found.append((levels[0], levels[1]))
    return found


def flat_points(levels: object) -> list[Point]:
    """Points of a list ``[x, y, x, y, ...]``."""
    levels = items(levels, "a polygon")
    if len(levels) % 2:
        raise malformed("a polygon has an odd number of coordinates")
    return points([levels[at : at + 2] for at in range(0, len(levels), 2)])
