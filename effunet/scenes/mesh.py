"""Shapes of things: flat polygons in metres, each of one material.

A shape is built once and painted many times in other places, sizes and colours. Its patches are
painted in their order; those that face away from the camera are left out. A *solid* patch owns the
pixels it covers, a detail only colours pixels that a solid patch of the same thing owns already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

_FINEST = {True: 0.8, False: 2.2}
"""Canvas pixels: smaller solids and smaller details would only flicker."""
_SIDES = ("rear", "right", "front", "left")
"""The walls of a block in the order in which its corners go round: the rear one is at small z."""


@dataclass(frozen=True)
class Patch:
    """Equal polygons of one material in one plane."""

    polygons: NDArray[np.float32]
    """``(count, corners, 3)``, anticlockwise as seen from outside."""
    material: str
    solid: bool = True
    label: int | None = None
    """Class of a part that is not of its thing's class."""
    emission: float = 0.0
    """0 for what only reflects light, 1 for what shines by itself."""
    two_sided: bool = False


@dataclass(frozen=True)
class Mesh:
    """Patches with all their vertices in one array, so that they are projected in one go."""

    patches: tuple[Patch, ...]
    vertices: NDArray[np.float32]
    """``(n, 3)``."""
    materials: tuple[str, ...]
    """Every material once."""
    material: NDArray[np.int64]
    """Index of each patch's material."""
    starts: NDArray[np.int64]
    """First vertex of each patch."""
    ends: NDArray[np.int64]
    """Last corner of the first polygon of each patch."""
    normals: NDArray[np.float32]
    """``(patches, 3)``, of unit length."""
    breadths: NDArray[np.float32]
    """Smaller extent in metres of one polygon of each patch."""
    finest: NDArray[np.float32]
    """Canvas pixels that each patch's breadth must have to be painted."""
    two_sided: NDArray[np.bool_]
    emissions: NDArray[np.float32]


def assemble(patches: Sequence[Patch]) -> Mesh:
    """Lay the vertices of all patches end to end."""
    counts = [patch.polygons.shape[0] * patch.polygons.shape[1] for patch in patches]
    vertices = np.concatenate([patch.polygons.reshape(-1, 3) for patch in patches])
    starts = np.cumsum([0, *counts[:-1]])
    first = [patch.polygons[0] for patch in patches]
    materials = tuple(dict.fromkeys(patch.material for patch in patches))
    across = np.array([np.cross(p[-1] - p[1], p[2] - p[0]) for p in first])
    length = np.linalg.norm(across, axis=1, keepdims=True)
    extents = np.array([np.sort(np.ptp(p, axis=0))[1] for p in first])
    return Mesh(
        patches=tuple(patches),
        materials=materials,
        material=np.array([materials.index(patch.material) for patch in patches]),
        vertices=vertices.astype(np.float32),
        starts=starts,
        ends=starts + [p.shape[0] - 1 for p in first],
        normals=(across / np.maximum(length, 1e-9)).astype(np.float32),
        breadths=extents.astype(np.float32),
        finest=np.array([_FINEST[patch.solid] for patch in patches], dtype=np.float32),
        two_sided=np.array([patch.two_sided for patch in patches]),
        emissions=np.array([patch.emission for patch in patches], dtype=np.float32),
    )


def merged(patches: Sequence[Patch]) -> list[Patch]:
    """One patch for all that are alike, such as the same sides of the posts of a fence."""
    alike: dict[tuple[object, ...], list[Patch]] = {}
    for patch in patches:
        p = patch.polygons[0]
        turn = tuple(np.sign(np.cross(p[-1] - p[1], p[2] - p[0])).tolist())
        alike.setdefault((patch.material, patch.solid, p.shape, turn), []).append(patch)
    return [
        replace(group[0], polygons=np.concatenate([patch.polygons for patch in group]))
        for group in alike.values()
    ]


@dataclass(frozen=True)
class Section:
    """A level cut through a body: height, half its width, and where its rear and front are."""

    y: float
    half: float
    rear: float
    front: float

    def corners(self) -> list[tuple[float, float, float]]:
        """Rear left, rear right, front right, front left."""
        return [
            (-self.half, self.y, self.rear),
            (self.half, self.y, self.rear),
            (self.half, self.y, self.front),
            (-self.half, self.y, self.front),
        ]


def walls(lower: Section, upper: Section) -> dict[str, NDArray[np.float32]]:
    """The four walls between two cuts, each from its lower left corner as seen from outside."""
    low = np.array(lower.corners(), dtype=np.float32)
    high = np.array(upper.corners(), dtype=np.float32)
    return {
        side: np.stack((low[i], low[i - 3], high[i - 3], high[i])) for i, side in enumerate(_SIDES)
    }


def loft(sections: Sequence[Section], material: str, *, lid: str | None = None) -> list[Patch]:
    """A body through level cuts, from the lowest to the highest, closed by a lid."""
    patches = [
        Patch(wall[None], material)
        for lower, upper in pairwise(sections)
        for wall in walls(lower, upper).values()
    ]
    top = np.array(sections[-1].corners(), dtype=np.float32)
    return [*patches, Patch(top[None], lid or material)]


def block(
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    material: str,
    *,
    label: int | None = None,
) -> list[Patch]:
    """A box between two values of each coordinate."""
    half, middle = (x[1] - x[0]) / 2, (x[0] + x[1]) / 2
    patches = loft([Section(level, half, *z) for level in y], material)
    shift = np.array((middle, 0, 0), dtype=np.float32)
    return [replace(patch, polygons=patch.polygons + shift, label=label) for patch in patches]


def on_wall(wall: NDArray[np.float32], marks: ArrayLike) -> NDArray[np.float32]:
    """Points ``(..., 2)`` of a wall, as shares of its width and height → ``(..., 3)`` metres."""
    marks = np.asarray(marks, dtype=np.float32)
    across, up = marks[..., :1], marks[..., 1:]
    low = wall[0] + across * (wall[1] - wall[0])
    high = wall[3] + across * (wall[2] - wall[3])
    points: NDArray[np.float32] = low + up * (high - low)
    return points


def rectangles(
    wall: NDArray[np.float32],
    boxes: Iterable[tuple[float, float, float, float]],
    material: str,
    *,
    emission: float = 0.0,
    label: int | None = None,
) -> Patch:
    """Details on a wall, each from (left, bottom) to (right, top) in shares of the wall."""
    marks = [((a, b), (c, b), (c, d), (a, d)) for a, b, c, d in boxes]
    return Patch(
        on_wall(wall, marks), material, solid=label is not None, emission=emission, label=label
    )


def disc(
    centre: tuple[float, float], radius: float, *, corners: int = 12, squash: float = 1.0
) -> list[tuple[float, float]]:
    """Corners of an upright ellipse."""
    angles = np.arange(corners) * (2 * np.pi / corners)
    x = centre[0] + radius * squash * np.cos(angles)
    return list(zip(x.tolist(), (centre[1] + radius * np.sin(angles)).tolist(), strict=True))


def cutout(
    outline: Sequence[tuple[float, float]],
    material: str,
    *,
    depth: float = 0.0,
    solid: bool = True,
    label: int | None = None,
    emission: float = 0.0,
) -> Patch:
    """A flat upright shape that faces the camera, as of cardboard."""
    points = [(x, y, depth) for x, y in outline]
    return Patch(
        np.array([points], dtype=np.float32),
        material,
        solid=solid,
        label=label,
        emission=emission,
        two_sided=True,
    )
