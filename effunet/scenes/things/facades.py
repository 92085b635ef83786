"""What is on the walls and roofs of buildings: windows, shops with their signs, water tanks."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..canvas import ROADSIDE
from ..dice import pick
from ..mesh import Patch, block, rectangles

Boxes: TypeAlias = list[tuple[float, float, float, float]]
"""Left, bottom, right and top in shares of a wall."""


def grid(columns: int, rows: int, *, low: float, high: float, fill: tuple[float, float]) -> Boxes:
    """Evenly spread openings; ``fill`` is the share of its cell that each takes."""
    wide, tall = 1 / columns, (high - low) / rows
    return [
        (
            (i + 0.5 - fill[0] / 2) * wide,
            low + (j + 0.5 - fill[1] / 2) * tall,
            (i + 0.5 + fill[0] / 2) * wide,
            low + (j + 0.5 + fill[1] / 2) * tall,
        )
        for j in range(rows)
        for i in range(columns)
    ]


def openings(
    rng: np.random.Generator, wall: NDArray[np.float32], boxes: Boxes, *, lit: float
) -> list[Patch]:
    """Windows, a share of which is lit at night."""
    on = rng.random(len(boxes)) < lit
    dark = [box for box, shines in zip(boxes, on, strict=True) if not shines]
    light = [box for box, shines in zip(boxes, on, strict=True) if shines]
    patches = [rectangles(wall, dark, "window")] if dark else []
    return patches + ([rectangles(wall, light, "lit", emission=0.6)] if light else [])


def shops(
    rng: np.random.Generator, wall: NDArray[np.float32], bays: int, top: float
) -> list[Patch]:
    """Shutters and doors at street level, and the sign boards above them."""
    patches = []
    for bay in range(bays):
        left, right = (bay + 0.08) / bays, (bay + 0.92) / bays
        open_now = rng.random() < 0.4
        patches.append(
            rectangles(wall, [(left, 0.0, right, 0.66 * top)], "lit", emission=0.45)
            if open_now
            else rectangles(
                wall, [(left, 0.0, right, 0.68 * top)], pick(rng, ("shutter", "shutter2"))
            )
        )
        if open_now:  # goods in the dark of the shop
            goods: Boxes = [
                (left + 0.02, 0.05 * top, right - 0.02, 0.2 * top),
                (left + 0.02, 0.3 * top, right - 0.1 / bays, 0.42 * top),
            ]
            patches.append(rectangles(wall, goods, "goods"))
        if rng.random() < 0.8:
            board = (left - 0.03 / bays, 0.72 * top, right + 0.03 / bays, 0.96 * top)
            sign = pick(rng, ("sign", "sign2", "sign3"))
            patches.append(rectangles(wall, [board], sign, label=ROADSIDE))
            middle = (board[1] + board[3]) / 2
            line: Boxes = [
                (left + 0.1 / bays, middle - 0.03 * top, right - 0.25 / bays, middle + 0.03 * top)
            ]
            patches.append(rectangles(wall, line, "letters"))
    return patches


def roof_clutter(
    rng: np.random.Generator, depth: float, length: float, height: float
) -> list[Patch]:
    """A stair head and water tanks."""
    patches = []
    if rng.random() < 0.6:
        x, z = rng.uniform(-0.3, 0.1) * depth, rng.uniform(-0.35, 0.1) * length
        patches += block((x, x + 2.6), (height, height + 2.4), (z, z + 3), "wall")
    for _ in range(int(rng.integers(0, 3))):
        x, z = rng.uniform(-0.4, 0.3) * depth, rng.uniform(-0.45, 0.3) * length
        patches += block((x, x + 1.3), (height, height + 1.7), (z, z + 1.3), "tank")
    return patches
