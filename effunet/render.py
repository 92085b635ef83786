"""Masks as pictures for eyes: colours, overlays, legends, grids.

Text is drawn in bands of its own, in a size that follows the picture's, so that it hides no road.
"""

from collections.abc import Mapping, Sequence
from unicodedata import combining, normalize

import cv2
import numpy as np
from numpy.typing import NDArray

from .labels import IGNORE_INDEX

Pixels = NDArray[np.uint8]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK, _PAPER = (32, 32, 32), (255, 255, 255)
_EDGE = (128, 128, 128)  # of a patch whose colour is as pale as the paper
_RIGHT = (235, 235, 235)
_SMALLEST_TEXT = 10  # pixels high, below which letters run together
_LONGEST_NAME = 40  # letters
_LARGEST_CELL = 1024  # pixels wide or high: a grid of larger ones is for no screen


def render_mask(mask: Pixels, palette: Pixels) -> Pixels:
    """Colours ``(h, w, 3)`` of train ids ``(h, w)`` from a ``(256, 3)`` table."""
    return palette[mask]


def render_overlay(image: Pixels, mask: Pixels, palette: Pixels, *, alpha: float = 0.5) -> Pixels:
    """``image`` with the colours of ``mask`` over it; void stays as it is.

    Args:
        image: ``(h, w, 3)`` RGB.
        mask: ``(h, w)`` train ids.
        palette: ``(256, 3)``.
        alpha: Share of the colour in the result.
    """
    blended = cv2.addWeighted(palette[mask], alpha, image, 1 - alpha, 0)
    return np.where((mask == IGNORE_INDEX)[..., None], image, blended)


def overlay_with_legend(
    overlay: Pixels,
    names: Sequence[str],
    palette: Pixels,
    *,
    shares: Mapping[str, float] | None = None,
) -> Pixels:
    """``overlay`` above a band that names the classes.

    Where shares are given, those that cover nothing are left out and the others have theirs behind
    them. A picture narrower than a name gets a margin to its right.
    """
    height, width, _ = overlay.shape
    text = max(_SMALLEST_TEXT, width // 64, min(height // 64, width // 16))
    shown = list(range(len(names)))
    labels = [_shortened(name) for name in names]
    if shares is not None:
        shown = [index for index in shown if shares[names[index]]] or shown
        labels = [f"{labels[index]}: {shares[names[index]]:.1%}" for index in shown]
    legend = render_legend(labels, palette[np.array(shown)], width=width, text=text)
    return _stacked([overlay, legend])


def _shortened(name: str) -> str:
    """A name of hundreds of letters would widen the picture by as much."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."


def _stacked(bands: Sequence[Pixels]) -> Pixels:
    """One above the other, with a margin to the right of the narrower ones."""
    widest = max(band.shape[1] for band in bands)
    return np.vstack([_widened(band, widest) for band in bands])


def _widened(picture: Pixels, width: int) -> Pixels:
    margin = ((0, 0), (0, max(0, width - picture.shape[1])), (0, 0))
    return np.pad(picture, margin, constant_values=_PAPER[0])


def render_legend(labels: Sequence[str], palette: Pixels, *, width: int, text: int) -> Pixels:
    """A band with a colour patch before each label, in as many rows as needed.

    Args:
        labels: In the order of the palette.
        palette: ``(k, 3)``, a colour for each label or more.
        width: Of the band in pixels; it is wider where a single label needs it.
        text: Height of the letters in pixels.
    """
    line = text * 2
    scale = cv2.getFontScaleFromHeight(_FONT, text, 1)
    thickness = _stroke(text)
    widest = max(_text_width(label, scale, thickness) for label in labels)
    width = max(width, widest + 3 * text)
    places: list[tuple[int, int]] = []
    x, row = text // 2, 0
    for label in labels:
        advance = 2 * text + _text_width(label, scale, thickness)
        if x + advance > width and x > text:
            x, row = text // 2, row + 1
        places.append((x, row * line))
        x += advance + text
    band = np.full(((row + 1) * line, width, 3), _PAPER, np.uint8)
    for index, (label, (x, y)) in enumerate(zip(labels, places, strict=True)):
        top, bottom = y + text // 2, y + text // 2 + text
        colour = tuple(int(value) for value in palette[index])
        cv2.rectangle(band, (x, top), (x + text, bottom), colour, -1)
        cv2.rectangle(band, (x, top), (x + text, bottom), _EDGE, max(1, text // 20))
        _write(band, label, (x + text + text // 2, bottom - text // 8), scale, thickness)
    return band


def render_errors(mask: Pixels, preds: Pixels, palette: Pixels) -> Pixels:
    """Where ``preds`` are wrong, in the colour of the true class; right is pale, void white."""
    void = mask == IGNORE_INDEX
    errors = np.where((mask == preds)[..., None], np.array(_RIGHT, np.uint8), palette[mask])
    return np.where(void[..., None], np.array(_PAPER, np.uint8), errors)


def render_grid(pictures: Sequence[Pixels], *, columns: int, gap: int = 4) -> Pixels:
    """Pictures side by side, each scaled to the size of the first."""
    height, width, _ = pictures[0].shape
    cells = [
        cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        if picture.shape != pictures[0].shape
        else picture
        for picture in pictures
    ]
    rows = -(-len(cells) // columns)
    sheet = np.full(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, 3), _PAPER, np.uint8
    )
    for index, cell in enumerate(cells):
        y, x = index // columns * (height + gap), index % columns * (width + gap)
        sheet[y : y + height, x : x + width] = cell
    return sheet


def render_val_grid(
    rows: Sequence[tuple[Pixels, Pixels, Pixels]], names: Sequence[str], palette: Pixels
) -> Pixels:
    """A row for each (image, mask, preds): image, truth, prediction, errors; a legend below.

    Pictures narrower than their titles get a margin, larger ones than a screen are made smaller.
    """
    height, width = _cell_size(rows[0][0].shape)
    titles = ["image", "truth", "prediction", "errors"]
    text = _heads_text(width)
    scale = cv2.getFontScaleFromHeight(_FONT, text, 1)
    widths = [_text_width(title, scale, _stroke(text)) for title in titles]
    column = max(width, *(each + _SMALLEST_TEXT for each in widths))
    cells = []
    for image, mask, preds in rows:
        shrunk = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        truth, guess = (_resized_ids(ids, (width, height)) for ids in (mask, preds))
        cells += [
            _widened(shrunk.astype(np.uint8, copy=False), column),
            _widened(render_mask(truth, palette), column),
            _widened(render_mask(guess, palette), column),
            _widened(render_errors(truth, guess, palette), column),
        ]
    sheet = render_grid(cells, columns=len(titles))
    heads = _heads(titles, sheet.shape[1], text=text)
    labels = [_shortened(name) for name in names]
    legend = render_legend(labels, palette, width=sheet.shape[1], text=text)
    return _stacked([heads, sheet, legend])


def _cell_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of a picture of ``shape`` in a grid."""
    shrink = min(1.0, _LARGEST_CELL / max(shape[:2]))
    return max(1, round(shape[0] * shrink)), max(1, round(shape[1] * shrink))


def _resized_ids(mask: Pixels, size: tuple[int, int]) -> Pixels:
    """Of the nearest pixel: ids have no mean between them."""
    resized = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    return resized.astype(np.uint8, copy=False)


def _heads_text(cell_width: int) -> int:
    """Height of the titles' letters in pixels."""
    return max(_SMALLEST_TEXT, cell_width // 22)


def _heads(titles: Sequence[str], width: int, *, text: int) -> Pixels:
    band = np.full((text * 2, width, 3), _PAPER, np.uint8)
    scale = cv2.getFontScaleFromHeight(_FONT, text, 1)
    for index, title in enumerate(titles):
        left = index * width // len(titles) + _SMALLEST_TEXT // 2
        _write(band, title, (left, text * 3 // 2), scale, _stroke(text))
    return band


def _stroke(text: int) -> int:
    """Thickness of letters that are ``text`` pixels high."""
    return max(1, text // 12)


def _drawable(text: str) -> str:
    """OpenCV's font has ASCII alone, and OpenCV dies in native code of a lone surrogate.

    Letters lose their accents, and others become question marks.
    """
    bare = "".join(sign for sign in normalize("NFKD", text) if not combining(sign))
    return bare.encode("ascii", errors="replace").decode()


def _text_width(text: str, scale: float, thickness: int) -> int:
    (width, _), _ = cv2.getTextSize(_drawable(text), _FONT, scale, thickness)
    return int(width)


def _write(
    picture: Pixels, text: str, origin: tuple[int, int], scale: float, thickness: int
) -> None:
    cv2.putText(picture, _drawable(text), origin, _FONT, scale, _INK, thickness, cv2.LINE_AA)
