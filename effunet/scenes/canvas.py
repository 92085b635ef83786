"""The canvas: colour and owner of every sub-pixel.

Everything is painted from far to near. Beside its colour a painted pixel keeps its *owner*, a
number under which class, distance and own light are looked up: what hides a thing hides its label,
its fog and its glow with it, so that the mask cannot disagree with the picture.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ..labels import IGNORE_INDEX

Colour = tuple[float, float, float]
Points = NDArray[np.float32]

SUPERSAMPLING = 2
"""Canvas pixels along a side of a picture's pixel: smooth edges, and shapes finer than a pixel."""

DRIVABLE, NON_DRIVABLE, LIVING, VEHICLE, ROADSIDE, FAR, SKY = range(7)
"""Train ids of IDD-Lite."""

_FRACTION_BITS = 4
_PRINTS = 128
_FARTHEST_CORNER = 1e6  # keeps fixed-point corners within OpenCV's integers


@dataclass
class Canvas:
    """Pixels, and who owns them."""

    colour: NDArray[np.uint8]
    """``(h, w, 3)`` RGB."""
    owner: NDArray[np.uint16]
    """``(h, w)``."""
    labels: list[int] = field(default_factory=list)
    """Class of each owner."""
    distances: list[float] = field(default_factory=list)
    """Metres to each owner; NaN where the ground's distance is meant."""
    emissions: list[float] = field(default_factory=list)
    """Own light of each owner, from 0 to 1."""

    @classmethod
    def blank(cls, height: int, width: int) -> "Canvas":
        """An empty canvas in canvas pixels."""
        return cls(
            np.zeros((height, width, 3), dtype=np.uint8), np.zeros((height, width), dtype=np.uint16)
        )

    def new_owner(self, label: int, distance: float, *, emission: float = 0.0) -> int:
        """Number for the pixels of a thing."""
        self.labels.append(label)
        self.distances.append(distance)
        self.emissions.append(emission)
        return len(self.labels) - 1

    def fill(self, corners: NDArray[np.int32], colour: Colour, owner: int | None = None) -> None:
        """Fill ``(count, corners, 2)`` polygons; without an owner the pixels keep theirs.

        Args:
            corners: As :func:`fixed_point` gives them.
            colour: RGB.
            owner: Who owns the pixels from now on.
        """
        polygons = list(corners)
        cv2.fillPoly(self.colour, polygons, colour, cv2.LINE_8, _FRACTION_BITS)
        if owner is not None:
            cv2.fillPoly(self.owner, polygons, (owner,), cv2.LINE_8, _FRACTION_BITS)

    def line(self, points: Points, colour: Colour) -> None:
        """A hair line through ``(n, 2)`` points, too thin to own a pixel."""
        corners = [fixed_point(points)]
        cv2.polylines(self.colour, corners, False, colour, 1, cv2.LINE_AA, _FRACTION_BITS)

    def stamp(
        self,
        stencil: NDArray[np.uint8],
        box: tuple[float, float, float, float],
        colours: NDArray[np.uint8],
        owner: int,
    ) -> None:
        """Print a stencil into the box (left, top, right, bottom).

        Args:
            stencil: ``(h, w, 2)``: which colour, and whether it prints at all (from 128 on).
            box: In canvas pixels.
            colours: ``(256, 3)`` RGB.
            owner: Who owns the printed pixels.
        """
        rows, columns = self.owner.shape
        left, top, right, bottom = box
        x0, x1 = max(int(left), 0), min(int(right) + 1, columns)
        y0, y1 = max(int(top), 0), min(int(bottom) + 1, rows)
        if x0 >= x1 or y0 >= y1:
            return
        # Only the visible part of the stencil is enlarged.
        across = np.array((x0 - left, x1 - left)) * (stencil.shape[1] / (right - left))
        down = np.array((y0 - top, y1 - top)) * (stencil.shape[0] / (bottom - top))
        part = stencil[_span(down, stencil.shape[0]), _span(across, stencil.shape[1])]
        size = (x1 - x0, y1 - y0)
        tones, alpha = cv2.split(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR))
        printed = (alpha >= _PRINTS).view(np.uint8)
        ink = cv2.applyColorMap(tones, colours[:, None])
        cv2.copyTo(ink, printed, self.colour[y0:y1, x0:x1])
        mark = np.full(printed.shape, owner, dtype=np.uint16)
        cv2.copyTo(mark, printed, self.owner[y0:y1, x0:x1])

    def owners(self) -> NDArray[np.uint16]:
        """Owner of every pixel of the picture: of those within it the one painted last.

        So a pole thinner than a pixel leaves a line without gaps.
        """
        step = SUPERSAMPLING
        parts = [self.owner[i::step, j::step] for i in range(step) for j in range(step)]
        last: NDArray[np.uint16] = np.maximum.reduce(parts)
        return last


def _span(ends: NDArray[np.float64], length: int) -> slice:
    """At least one of ``length`` places, from the first end to the second."""
    start = min(max(int(ends[0]), 0), length - 1)
    return slice(start, max(start + 1, min(round(ends[1]), length)))


def void_owner(canvas: Canvas) -> int:
    """Owner of what is never scored: the camera's own car."""
    return canvas.new_owner(IGNORE_INDEX, 0.0)


def fixed_point(points: Points) -> NDArray[np.int32]:
    """Columns and rows as OpenCV takes them."""
    clipped = np.clip(points, -_FARTHEST_CORNER, _FARTHEST_CORNER)
    fixed: NDArray[np.int32] = np.rint(clipped * (1 << _FRACTION_BITS)).astype(np.int32)
    return fixed
