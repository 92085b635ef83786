"""Curves, bars and the confusion matrix as pictures.

Figures are built without pyplot, so that nothing global changes and no window system is asked for.
They are white: a page in dark colours inverts them itself.
"""

import io
import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ..imaging import Picture
from .ranking import worst_first

_INK = "#3b4252"
_FAINT = "#d8dee9"
_BLUE = "#2f6db5"
_ORANGE = "#d9682b"
_LINES = (_BLUE, _ORANGE, "#3f8f5f", "#8a5aa8")
_DPI = 120
_MOST_WITH_NUMBERS = 40  # classes; more cells hold no text that can be read, and take minutes
_PANELS = {  # title: beginnings of the keys that belong in it
    "loss": ("train/loss", "val/loss"),
    "val/miou": ("val/miou",),
    "learning rate": ("lr",),
}


def plot_curves(rows: Sequence[Mapping[str, float]]) -> Picture:
    """Loss, mIoU and learning rate over the epochs.

    Args:
        rows: What was logged, one mapping a row, with ``epoch`` and any of ``train/loss``,
            ``val/loss``, ``val/miou`` and keys that begin with ``lr``. Epochs are logged from 0
            and drawn from 1, as people count them. A value may be missing or NaN: it leaves a gap
            in its own curve only.
    """
    figure = Figure(figsize=(12, 3.4), dpi=_DPI, layout="constrained")
    panels = figure.subplots(1, len(_PANELS))
    for axes, (title, beginnings) in zip(panels, _PANELS.items(), strict=True):
        _style(axes, title)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
        for colour, key in zip(_LINES, _keys_of(rows, beginnings), strict=False):
            epochs, values = _series(rows, key)
            # a single epoch has no line yet, so its point is drawn
            single = len(epochs) == 1
            axes.plot(epochs, values, color=colour, label=key, marker="." if single else "")
            if single:
                axes.set_xlim(epochs[0] - 1, epochs[0] + 1)
            if key == "val/miou":
                _mark_best(axes, key, epochs, values)
        if title != "val/miou" and len(axes.lines) > 1:
            axes.legend(frameon=False, labelcolor=_INK)
        if not axes.lines:
            axes.text(0.5, 0.5, "nothing logged", ha="center", color=_INK, transform=axes.transAxes)
    return _encoded(figure)


def plot_classes(
    names: Sequence[str],
    iou: Sequence[float],
    *,
    palette: Sequence[tuple[int, int, int]] | None = None,
) -> Picture:
    """The IoU of each class as a bar, worst first, with their mean.

    Args:
        names: Class names.
        iou: IoU in 0…1; NaN for a class that occurred in neither truth nor prediction.
        palette: RGB of each class; one blue for all if left out.
    """
    order = worst_first(iou)
    figure = Figure(figsize=(7, 1.2 + 0.34 * len(names)), dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    _style(axes, "IoU by class")
    for position, index in enumerate(order):
        absent = math.isnan(iou[index])
        colour = _BLUE if palette is None else tuple(value / 255 for value in palette[index])
        axes.barh(position, 0 if absent else iou[index], 0.68, color=colour, edgecolor=_INK, lw=0.5)
        text = "does not occur" if absent else f"{iou[index]:.3f}"
        at = 0 if absent else iou[index]
        axes.annotate(
            text,
            (at, position),
            (4, 0),
            textcoords="offset points",
            va="center",
            bbox={"facecolor": "white", "lw": 0, "pad": 1},  # the mean's line may pass here
        )
    axes.set_yticks(range(len(order)), [_plain(names[index]) for index in order])
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlim(0, 1.08)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.grid(visible=False, axis="y")
    mean = float(np.nanmean(iou)) if not all(map(math.isnan, iou)) else math.nan
    if not math.isnan(mean):
        axes.axvline(mean, color=_INK, lw=1, ls="--")
        _title(axes, f"IoU by class, worst first   (dashed: mIoU {mean:.3f})")
    return _encoded(figure)


def plot_confusion(confusion: NDArray[np.int64], names: Sequence[str]) -> Picture:
    """Of the pixels of each true class, which part was taken for which.

    Of more than forty classes colours alone tell the parts.

    Args:
        confusion: ``(k, k)`` or ``(k, k + 1)`` counts, rows the truth; the column past the classes
            (predicted void) is drawn if it holds anything.
        names: The k class names.
    """
    k = len(names)
    columns = [_plain(name) for name in names]
    if confusion.shape[1] > k and confusion[:, k].any():
        columns.append("void")
    totals = confusion.sum(axis=1, keepdims=True)
    shares = np.divide(
        confusion[:, : len(columns)],
        totals,
        out=np.full((k, len(columns)), np.nan),
        where=totals > 0,
    )
    cell = 0.62 if k <= 12 else 0.5 if k <= _MOST_WITH_NUMBERS else 20 / k
    figure = Figure(
        figsize=(2.6 + cell * len(columns), 2.0 + cell * k), dpi=_DPI, layout="constrained"
    )
    axes = figure.subplots()
    _style(axes, "Confusion: percent of each true class")
    axes.grid(visible=False)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(k), columns[:k])
    axes.set_xlabel("predicted")
    axes.set_ylabel("truth")
    if k > _MOST_WITH_NUMBERS:
        axes.tick_params(labelsize=min(9, 60 * cell))
    for (row, column), share in np.ndenumerate(shares) if k <= _MOST_WITH_NUMBERS else ():
        axes.text(
            column,
            row,
            _percent(share),
            ha="center",
            va="center",
            fontsize=9 if k <= 12 else 7.5,
            color="white" if share > 0.55 else _INK,
        )
    return _encoded(figure)


def _plain(name: str) -> str:
    """A class's name as it stands, and no formula between two ``$``."""
    return name.encode(errors="backslashreplace").decode().replace("$", r"\$")


def _percent(share: float) -> str:
    """Short enough for a cell: a dash for a class without pixels, a dot for what rounds to 0."""
    if math.isnan(share):
        return "–"
    return f"{100 * share:.1f}" if share >= 0.0005 else "·"


def _keys_of(rows: Sequence[Mapping[str, float]], prefixes: tuple[str, ...]) -> list[str]:
    """Logged keys that belong to a panel, in the order they first appear."""
    seen = dict.fromkeys(key for row in rows for key in row)
    return [key for key in seen if key.startswith(prefixes) and _series(rows, key)[0]]


def _series(rows: Sequence[Mapping[str, float]], key: str) -> tuple[list[float], list[float]]:
    """Epochs from 1 and values, of the rows that have the value."""
    points = [
        (row["epoch"] + 1, row[key]) for row in rows if key in row and not math.isnan(row[key])
    ]
    return [epoch for epoch, _ in points], [value for _, value in points]


def _mark_best(axes: Axes, key: str, epochs: list[float], values: list[float]) -> None:
    index = max(range(len(values)), key=values.__getitem__)
    axes.plot(epochs[index], values[index], "o", color=_ORANGE, ms=6)
    _title(axes, f"{key}   (best {values[index]:.3f} at epoch {epochs[index]:g})")


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", color=_INK, fontsize=11)


def _style(axes: Axes, title: str) -> None:
    _title(axes, title)
    axes.grid(visible=True, color=_FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK, length=0, labelsize=9)
    axes.xaxis.label.set_color(_INK)
    axes.yaxis.label.set_color(_INK)
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(_FAINT)


def _encoded(figure: Figure) -> Picture:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", facecolor="white")
    return Picture(stream.getvalue())
