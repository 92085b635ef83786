"""Tables of a page, from plain values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .ranking import worst_first


@dataclass(frozen=True)
class Table:
    """Rows of text under a title."""

    title: str
    """What stands above it."""
    columns: tuple[str, ...]
    """Heads of the columns; the first column is text, the others are aligned as numbers."""
    rows: tuple[tuple[str, ...], ...]
    """Cells."""
    colours: tuple[tuple[int, int, int], ...] = ()
    """RGB patch before each row's first cell; none if empty."""
    bars: tuple[float, ...] = ()
    """Share in 0…1 drawn behind each row's last cell; none if empty. NaN draws nothing."""
    note: str = ""
    """Small print below it."""


def class_table(
    names: Sequence[str],
    iou: Sequence[float],
    *,
    pixel_shares: Sequence[float] | None = None,
    palette: Sequence[tuple[int, int, int]] | None = None,
    title: str = "Classes, worst first",
    note: str = "",
) -> Table:
    """The per-class table: worst first, classes that do not occur last.

    Args:
        names: Class names.
        iou: IoU in 0…1, NaN for a class without a union.
        pixel_shares: Share of the valid pixels of the truth that are of the class, in 0…1.
        palette: RGB of each class.
        title: What stands above the table.
        note: Small print below it.
    """
    order = worst_first(iou)

    def cells(index: int) -> tuple[str, ...]:
        score = "does not occur" if math.isnan(iou[index]) else f"{iou[index]:.3f}"
        if pixel_shares is None:
            return (names[index], score)
        return (names[index], f"{pixel_shares[index]:.2%}", score)

    return Table(
        title=title,
        columns=("class", "IoU") if pixel_shares is None else ("class", "pixels", "IoU"),
        rows=tuple(cells(index) for index in order),
        colours=() if palette is None else tuple(palette[index] for index in order),
        bars=tuple(iou[index] for index in order),
        note=note,
    )
