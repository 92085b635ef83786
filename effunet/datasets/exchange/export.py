"""What an annotation tool exported, whatever its format: classes, pictures, masks to come."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Colour
from ..check import Fault

UNLABELLED = 254
"""What a pixel holds that no annotation covers; 255 is what is annotated as void."""
MOST_CLASSES = UNLABELLED


@dataclass(frozen=True)
class Annotated:
    """A picture and how its mask is made."""

    image: Path | Callable[[], bytes]
    """The picture's file, or what gives the content of one."""
    name: PurePosixPath
    """Where it belongs below the folder of its split, without an ending."""
    split: str
    """train, val or test."""
    where: Path
    """What a fault of it is reported of, where that is of no other file."""
    size: tuple[int, int] | None
    """Height and width that the annotation states."""
    draw: Callable[[tuple[int, int]], NDArray[np.uint8]]
    """From (height, width) to indices of :attr:`Export.names`, ``UNLABELLED`` and 255."""


@dataclass(frozen=True)
class Export:
    """What was exported."""

    names: tuple[str, ...]
    """Classes in the tool's own order."""
    pictures: tuple[Annotated, ...]
    overlap: str
    """What holds where two annotations cover one pixel."""
    outlined: bool
    """Whether areas are drawn on nothing; a mask says something of every pixel."""
    colours: tuple[Colour, ...] | None = None
    """One for each name, where the format has them."""
    left_out: Counter[str] = field(default_factory=Counter)
    """What cannot be a part of a mask → how often. Filled while masks are drawn."""
    notes: tuple[str, ...] = ()
    """What else is worth knowing."""


class FaultList:
    """Faults so far, those of one cause together."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], dict[Path, None]] = {}

    @contextmanager
    def at(self, where: Path) -> Iterator[None]:
        """Go on behind the block where it ends with an :class:`InputError`, and list it.

        Args:
            where: What it is reported of, unless the error itself names a file.
        """
        try:
            yield
        except InputError as error:
            what = f"{error.what}: {error.why}" if error.why else error.what
            place = error.where if isinstance(error.where, Path) else where
            self._files.setdefault((what, error.fix), {})[place] = None

    def listed(self) -> list[Fault]:
        """One for each cause."""
        return [
            Fault(first, what, fix, also=tuple(rest))
            for (what, fix), (first, *rest) in self._files.items()
        ]


Reader = Callable[[Path, FaultList], Export]
"""Reads a folder or file that a tool exported, and lists what is wrong with single pictures."""


def printable(text: str) -> str:
    """``text`` of a file from outside, as a message may show it."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:120])
