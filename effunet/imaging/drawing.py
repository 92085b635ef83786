"""Drawing areas of ids, as annotation tools outline them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Point = tuple[float, float]
"""x to the right and y down, in pixels."""


class IdCanvas:
    """A mask on which what is drawn later covers what was drawn before."""

    def __init__(self, size: tuple[int, int], *, fill: int) -> None:
        """Begin with ``fill`` at every pixel of ``size`` (height, width)."""
        height, width = size
        self._image = Image.new("L", (width, height), fill)
        self._pen = ImageDraw.Draw(self._image)

    def polygon(self, points: Sequence[Point], label_id: int) -> None:
        """Fill a polygon, its outline included."""
        self._pen.polygon(points, fill=label_id, outline=label_id)

    def rectangle(self, corner: Point, opposite: Point, label_id: int) -> None:
        """Fill the rectangle between two corners, both included."""
        (x0, y0), (x1, y1) = corner, opposite
        box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        self._pen.rectangle(box, fill=label_id, outline=label_id)

    def ellipse(self, centre: Point, radii: Point, label_id: int) -> None:
        """Fill an upright ellipse, its outline included."""
        (x, y), (across, down) = centre, radii
        box = (x - across, y - down, x + across, y + down)
        self._pen.ellipse(box, fill=label_id, outline=label_id)

    def stamp(self, area: NDArray[np.bool_], corner: tuple[int, int], label_id: int) -> None:
        """Fill where ``area`` ``(h, w)`` holds, its first pixel at ``corner`` (x, y)."""
        self._image.paste(label_id, corner, Image.fromarray(area.astype(np.uint8) * 255))

    def mask(self) -> NDArray[np.uint8]:
        """What was drawn, ``(h, w)``."""
        return np.array(self._image)
