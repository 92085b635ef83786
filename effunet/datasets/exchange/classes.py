"""From the classes of an export to those that are trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import IGNORE_INDEX, Colour
from .export import MOST_CLASSES, UNLABELLED, Export, printable

Unlabelled = Literal["background", "void"]

BACKGROUND_NAMES = frozenset({"background", "_background_", "__background__"})
"""Lower-case names that tools give to what nobody annotated."""
VOID_NAMES = frozenset({"void", "ignore", "__ignore__", "unlabeled", "unlabelled"})
"""Lower-case names of what is neither learnt nor scored."""
_LONGEST = 100  # letters of a name
_BLACK = (0, 0, 0)


@dataclass(frozen=True)
class Classes:
    """What is trained on."""

    names: tuple[str, ...]
    colours: tuple[Colour, ...] | None
    table: NDArray[np.uint8]
    """``(256,)``: from what an export's masks hold to train ids."""
    void: tuple[str, ...]
    """Names of the export that became void."""
    background: str | None
    """The class that unlabelled pixels belong to; None where they are void."""


def train_classes(export: Export, unlabelled: Unlabelled) -> Classes:
    """Number the classes of an export.

    Raises:
        InputError: There are too few or too many, or a name is none.
    """
    _check_names(export.names)
    drop = VOID_NAMES if unlabelled == "background" else VOID_NAMES | BACKGROUND_NAMES
    kept = [name for name in export.names if name.lower() not in drop]
    background = next((name for name in kept if name.lower() in BACKGROUND_NAMES), None)
    if background is None and export.outlined and unlabelled == "background":
        background = "background"
        kept.append(background)  # behind the others, which keep their numbers
    if len(kept) < 2:
        raise InputError(
            f"there is one class alone, {printable(''.join(kept))}" if kept else "no class is left",
            why="a network has nothing to tell it from where all else is void",
            fix="leave --unlabelled out, so that what is not annotated is a class of its own"
            if unlabelled == "void"
            else "annotate a class, and export again",
        )
    table = np.full(256, IGNORE_INDEX, dtype=np.uint8)
    for index, name in enumerate(export.names):
        table[index] = kept.index(name) if name in kept else IGNORE_INDEX
    table[UNLABELLED] = IGNORE_INDEX if background is None else kept.index(background)
    return Classes(
        names=tuple(kept),
        colours=_colours(export, kept),
        table=table,
        void=tuple(name for name in export.names if name not in kept),
        background=background,
    )


def _check_names(names: Sequence[str]) -> None:
    if len(names) > MOST_CLASSES:
        raise InputError(
            f"the export has {len(names)} classes",
            why=f"a mask holds at most {MOST_CLASSES}",
            fix="merge or remove classes in the annotation tool, and export again",
        )
    odd = [
        name for name in names if not (name.strip() and name.isprintable()) or len(name) > _LONGEST
    ]
    if odd:
        raise InputError(
            f"{printable(odd[0])!r} cannot be the name of a class",
            fix=f"give it a name of one line and at most {_LONGEST} letters, and export again",
        )


def _colours(export: Export, kept: Sequence[str]) -> tuple[Colour, ...] | None:
    """The format's own, where every class has one of its own."""
    if export.colours is None:
        return None
    of_name = dict(zip(export.names, export.colours, strict=True))
    colours = tuple(of_name.get(name, _BLACK) for name in kept)
    return colours if len(set(colours)) == len(colours) else None
