"""Masks as pictures for eyes: colours, overlays, legends, grids.

Text is drawn in bands of its own, in a size that follows the picture's, so that it hides no road.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .labels import IGNORE_INDEX

Pixels = NDArray[np.uint8]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK, _PAPER = (32, 32, 32), (255, 255, 255)
_RIGHT = (235, 235, 235)
_SMALLEST_TEXT = 10  # pixels high, below which letters run together


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
    """``overlay`` above a band that names the classes, with the share of each if given.

    A picture narrower than a name gets a margin to its right.
    """
    labels = names if shares is None else [f"{name} {shares[name]:.1%}" for name in names]
    _, width, _ = overlay.shape
    band = render_legend(labels, palette, width=width)
    margin = ((0, 0), (0, band.shape[1] - width), (0, 0))
    return np.vstack([np.pad(overlay, margin, constant_values=_PAPER[0]), band])


def render_legend(labels: Sequence[str], palette: Pixels, *, width: int) -> Pixels:
    """A band with a colour patch before each label, in as many rows as needed.

    Args:
        labels: In the order of the train ids.
        palette: ``(256, 3)``.
        width: Of the band in pixels; it is wider where a single label needs it.
    """
    text = max(_SMALLEST_TEXT, width // 64)
    line = text * 2
    scale = cv2.getFontScaleFromHeight(_FONT, text, 1)
    thickness = max(1, text // 12)
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
    """A row for each (image, mask, preds): image, truth, prediction, errors; a legend below."""
    cells = [
        cell
        for image, mask, preds in rows
        for cell in (
            image,
            render_mask(mask, palette),
            render_mask(preds, palette),
            render_errors(mask, preds, palette),
        )
    ]
    sheet = render_grid(cells, columns=4)
    width = sheet.shape[1]
    heads = _heads(["image", "truth", "prediction", "errors, in the true class's colour"], width)
    return np.vstack([heads, sheet, render_legend(names, palette, width=width)])


def _heads(titles: Sequence[str], width: int) -> Pixels:
    text = max(_SMALLEST_TEXT, width // 90)
    band = np.full((text * 2, width, 3), _PAPER, np.uint8)
    scale = cv2.getFontScaleFromHeight(_FONT, text, 1)
    for index, title in enumerate(titles):
        _write(band, title, (index * width // len(titles) + text // 2, text * 3 // 2), scale, 1)
    return band


def _text_width(text: str, scale: float, thickness: int) -> int:
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, thickness)
    return int(width)


def _write(
    picture: Pixels, text: str, origin: tuple[int, int], scale: float, thickness: int
) -> None:
    cv2.putText(picture, text, origin, _FONT, scale, _INK, thickness, cv2.LINE_AA)
