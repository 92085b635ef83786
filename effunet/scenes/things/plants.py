"""Trees, palms, bushes and hedges: stencils of leaves on drawn trunks."""

from functools import cache, partial

import cv2
import numpy as np
from numpy.typing import NDArray

from ..canvas import FAR, Colour
from ..dice import pick
from ..mesh import Mesh, assemble, cutout
from ..stage import Stage, Thing
from ..textures import noise_tile
from ..view import Spot

_SIDE = 144  # pixels of a stencil
_STENCILS = 10
_TONES = np.linspace(0.35, 1.55, 256, dtype=np.float32)[:, None]
_CROWN = np.array([[0, 0.6, -0.5]], dtype=np.float32)  # a crown is lit like a face turned so
_LEAVES: tuple[Colour, ...] = (
    (74, 98, 48),
    (62, 88, 52),
    (92, 108, 58),
    (56, 78, 44),
    (104, 110, 60),
    (80, 104, 72),
)
_BARK: tuple[Colour, ...] = ((84, 70, 58), (104, 92, 80), (66, 56, 50))


@cache
def _stencil(kind: str, number: int) -> NDArray[np.uint8]:
    """``(side, side, 2)``: tones of the leaves from dark to bright, and where there are leaves."""
    rng = np.random.default_rng([("crown", "cone", "hedge").index(kind), number])
    y, x = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32) / _SIDE
    body = np.full((_SIDE, _SIDE), -9.0, dtype=np.float32)
    if kind == "crown":
        for _ in range(int(rng.integers(6, 12))):
            cx, cy, r = rng.uniform(0.26, 0.74), rng.uniform(0.25, 0.72), rng.uniform(0.14, 0.26)
            body = np.maximum(body, 1 - np.hypot(x - cx, y - cy) / r)
    elif kind == "cone":
        body = 1 - np.abs(x - 0.5) / (0.03 + 0.42 * y) - 0.35 * np.mod(y * 7, 1)
    else:
        body = np.minimum((y - 0.18) * 6, 1.0) * np.ones_like(x)
    top, left = (int(start) for start in rng.integers(0, 512 - _SIDE, size=2))
    place = (slice(top, top + _SIDE), slice(left, left + _SIDE))
    leaves = 0.55 * noise_tile(0.5, 1)[place] + 0.45 * noise_tile(1.2, 2)[place]
    covered = np.clip(128 + 500 * (body + 0.30 * leaves - 0.12), 0, 255)
    clumps = cv2.GaussianBlur(np.maximum(body, 0), (0, 0), 3)
    light = 0.62 - 0.42 * y + 0.26 * clumps + 0.16 * leaves
    return np.stack((np.clip(light, 0, 1) * 255, covered), axis=-1).astype(np.uint8)


def _ramp(stage: Stage, leaf: Colour) -> NDArray[np.uint8]:
    """``(256, 3)`` colours from the deep of the crown to the leaves in the light."""
    colour = stage.light.shade(_CROWN)[0] * np.array(leaf, dtype=np.float32)
    ramp: NDArray[np.uint8] = np.minimum(_TONES * colour, 255).astype(np.uint8)
    return ramp


@cache
def _trunk() -> Mesh:
    return assemble(
        [
            cutout([(-0.05, 0), (0.05, 0), (0.03, 1.0), (-0.03, 1.0)], "bark"),
            cutout([(0.01, 0), (0.05, 0), (0.03, 1.0), (0.01, 1.0)], "bark_dark", solid=False),
        ]
    )


def _draw_tree(
    stage: Stage,
    spot: Spot,
    *,
    stencil: NDArray[np.uint8],
    leaf: Colour,
    bark: Colour,
    size: tuple[float, float],
    stem: float,
) -> None:
    """A crown ``size`` metres wide and high, whose lower edge is ``stem`` metres up."""
    if stem > 0.3:  # a bush shows no trunk
        dark = (bark[0] * 0.7, bark[1] * 0.7, bark[2] * 0.7)
        trunk = Spot(spot.lateral, spot.z, scale=stem + 0.35 * size[1])
        palette = {"bark": bark, "bark_dark": dark}
        stage.paint(_trunk(), trunk, palette=palette, label=FAR)
    half = size[0] / 2
    corners = np.array([[-half, stem + size[1], 0], [half, stem, 0]], dtype=np.float32)
    points = stage.view.camera.project(stage.view.locate(corners, spot))
    box = (float(points[0, 0]), float(points[0, 1]), float(points[1, 0]), float(points[1, 1]))
    owner = stage.canvas.new_owner(FAR, spot.z)
    stage.canvas.stamp(stencil, box, _ramp(stage, leaf), owner)


def tree(rng: np.random.Generator, spot: Spot, *, kind: str = "crown") -> Thing:
    """A leafy tree (``crown``), a conifer (``cone``), or a ``bush``."""
    form = "cone" if kind == "cone" else "crown"
    stencil = _stencil(form, int(rng.integers(_STENCILS)))
    if rng.random() < 0.5:
        stencil = stencil[:, ::-1].copy()
    leaf, bark = pick(rng, _LEAVES), pick(rng, _BARK)
    if kind == "bush":
        width = rng.uniform(1.2, 2.6)
        size, stem = (width, width * rng.uniform(0.6, 0.9)), -0.25
    elif kind == "cone":
        height = rng.uniform(6, 12)
        size, stem = (height * 0.45, height), 0.6
    else:
        width = rng.uniform(4.5, 9)
        size, stem = (width, width * rng.uniform(0.75, 1.05)), rng.uniform(1.6, 3.4)
    draw = partial(_draw_tree, stencil=stencil, leaf=leaf, bark=bark, size=size, stem=stem)
    return Thing(
        spot,
        draw,
        half_width=0.36 * size[0],
        half_length=0.36 * size[0],
        height=stem + 0.8 * size[1],
        round=True,
    )


def hedge(rng: np.random.Generator, spot: Spot, *, length: float) -> Thing:
    """A stretch of hedge along the road, as a row of leafy cubes."""
    stencil = _stencil("hedge", int(rng.integers(_STENCILS)))
    height = rng.uniform(1.0, 2.2)
    draw = partial(
        _draw_hedge, stencil=stencil, leaf=pick(rng, _LEAVES), height=height, length=length
    )
    return Thing(
        spot,
        draw,
        half_width=0.5,
        half_length=length / 2,
        height=height,
        frontage=True,
    )


def _draw_hedge(
    stage: Stage,
    spot: Spot,
    *,
    stencil: NDArray[np.uint8],
    leaf: Colour,
    height: float,
    length: float,
) -> None:
    ramp = _ramp(stage, leaf)
    steps = np.arange(length / 2, -length / 2 - 0.1, -1.0)
    corners = np.array([[-0.8, height * 1.15, 0], [0.8, -0.15, 0]], dtype=np.float32)
    for step in steps:
        z = spot.z + float(step)
        if z < 1.5:  # beside the lens
            break
        points = stage.view.camera.project(stage.view.locate(corners, Spot(spot.lateral, z)))
        box = (float(points[0, 0]), float(points[0, 1]), float(points[1, 0]), float(points[1, 1]))
        stage.canvas.stamp(stencil, box, ramp, stage.canvas.new_owner(FAR, z))


@cache
def _palm(number: int) -> Mesh:
    """Unit height: a slim leaning trunk and a dozen drooping fronds."""
    rng = np.random.default_rng([7, number])
    lean = rng.uniform(-0.12, 0.12)
    patches = [
        cutout([(-0.028, 0), (0.028, 0), (lean + 0.016, 0.86), (lean - 0.016, 0.86)], "bark")
    ]
    for angle in np.linspace(-0.6, np.pi + 0.6, 12) + rng.normal(0, 0.1, 12):
        reach = rng.uniform(0.2, 0.28)
        t = np.linspace(0, 1, 5)
        x = lean + reach * t * np.cos(angle)
        y = 0.86 + reach * t * np.sin(angle) * 0.9 - 0.16 * t**2
        thick = 0.022 * np.sin(np.pi * np.clip(t + 0.12, 0, 1))
        upper = list(zip(x.tolist(), (y + thick).tolist(), strict=True))
        lower = list(zip(x.tolist(), (y - thick).tolist(), strict=True))
        shade = "leaf" if rng.random() < 0.6 else "leaf_dark"
        patches.append(cutout([*upper, *lower[::-1]], shade))
    return assemble(patches)


def palm(rng: np.random.Generator, spot: Spot) -> Thing:
    """A coconut palm."""
    leaf = pick(rng, _LEAVES)
    palette = {
        "bark": pick(rng, _BARK),
        "leaf": leaf,
        "leaf_dark": (leaf[0] * 0.7, leaf[1] * 0.7, leaf[2] * 0.7),
    }
    height = rng.uniform(6, 11)
    spot = Spot(spot.lateral, spot.z, scale=height)
    draw = partial(_draw_palm, mesh=_palm(int(rng.integers(_STENCILS))), palette=palette)
    return Thing(spot, draw, half_width=1.6, half_length=1.6, height=height, round=True)


def _draw_palm(stage: Stage, spot: Spot, *, mesh: Mesh, palette: dict[str, Colour]) -> None:
    stage.paint(mesh, spot, palette=palette, label=FAR)
