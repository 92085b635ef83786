"""Poles, lamps, signs, stalls and bridges: what people put beside and over roads."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial

import numpy as np

from ..canvas import FAR, ROADSIDE, Colour
from ..dice import pick
from ..mesh import Mesh, Patch, assemble, block, cutout, disc
from ..stage import Stage, Thing
from ..view import Spot

STEEL: tuple[Colour, ...] = ((150, 152, 154), (98, 100, 104), (190, 190, 186), (70, 74, 80))
BRIGHT: tuple[Colour, ...] = (
    (200, 40, 36),
    (224, 184, 44),
    (36, 92, 170),
    (36, 132, 90),
    (236, 234, 226),
    (226, 118, 38),
    (122, 46, 116),
    (30, 34, 44),
)
MASONRY: tuple[Colour, ...] = (
    (168, 160, 148),
    (150, 96, 74),
    (196, 188, 172),
    (128, 126, 124),
    (206, 196, 150),
    (120, 110, 100),
)
_COMMON: Mapping[str, Colour] = {
    "white": (238, 236, 230),
    "red": (200, 32, 30),
    "blue": (30, 84, 168),
    "green": (22, 104, 70),
    "black": (26, 26, 28),
    "lamp": (255, 236, 190),
    "go": (90, 240, 150),
    "stop": (255, 60, 44),
    "amber": (250, 176, 40),
    "lattice": (120, 118, 112),
}


def _bar(x: tuple[float, float], y: tuple[float, float], material: str) -> Patch:
    return cutout([(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])], material)


def _flat(x: tuple[float, float], y: tuple[float, float], material: str) -> Patch:
    corners = [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])]
    return cutout(corners, material, solid=False)


@cache
def _upright(kind: str) -> Mesh:
    """Things on a post, the arm, if any, to the right."""
    triangle = [(-0.42, 2.1), (0.42, 2.1), (0.0, 2.82)]
    inner = [(-0.24, 2.2), (0.24, 2.2), (0.0, 2.6)]
    post = _bar((-0.04, 0.04), (0, 2.9), "steel")
    kinds: Mapping[str, list[Patch]] = {
        "lamp": [
            _bar((-0.08, 0.08), (0, 8.0), "steel"),
            cutout([(-0.06, 7.8), (1.8, 8.3), (1.8, 8.42), (-0.06, 7.98)], "steel"),
            cutout([(1.5, 8.22), (2.3, 8.38), (2.3, 8.5), (1.5, 8.4)], "steel"),
            cutout([(1.55, 8.18), (2.25, 8.32), (2.25, 8.38), (1.55, 8.26)], "lamp", emission=1.0),
        ],
        "double lamp": [
            _bar((-0.09, 0.09), (0, 8.6), "steel"),
            cutout(
                [(-1.9, 8.8), (0, 8.45), (1.9, 8.8), (1.9, 8.92), (0, 8.6), (-1.9, 8.92)], "steel"
            ),
            _bar((1.3, 2.0), (8.72, 8.84), "lamp"),
            _bar((-2.0, -1.3), (8.72, 8.84), "lamp"),
        ],
        "utility": [
            _bar((-0.11, 0.11), (0, 8.5), "wood"),
            _bar((-1.0, 1.0), (7.7, 7.85), "wood"),
            _bar((-0.7, 0.7), (7.0, 7.12), "wood"),
            _bar((0.15, 0.55), (5.6, 6.4), "steel"),
        ],
        "pole": [_bar((-0.07, 0.07), (0, 6.5), "wood"), _bar((-0.5, 0.5), (6.0, 6.1), "steel")],
        "round sign": [
            post,
            cutout(disc((0, 2.5), 0.4), "red"),
            cutout(disc((0, 2.5), 0.29), "white", solid=False),
            _flat((-0.12, 0.12), (2.38, 2.62), "black"),
        ],
        "warning": [post, cutout(triangle, "red"), cutout(inner, "white", solid=False)],
        "blue sign": [
            post,
            _bar((-0.4, 0.4), (2.0, 2.8), "blue"),
            _flat((-0.22, 0.22), (2.2, 2.6), "white"),
        ],
        "board": [
            _bar((-0.6, -0.5), (0, 2.6), "steel"),
            _bar((0.5, 0.6), (0, 2.6), "steel"),
            _bar((-1.3, 1.3), (1.8, 3.2), "green"),
            _flat((-1.0, 0.7), (2.65, 2.85), "white"),
            _flat((-1.0, 0.2), (2.2, 2.4), "white"),
        ],
        "signal": [
            _bar((-0.06, 0.06), (0, 4.2), "steel"),
            _bar((-0.2, 0.2), (3.1, 4.1), "black"),
            cutout(disc((0, 3.9), 0.11), "stop", solid=False, emission=0.9),
            cutout(disc((0, 3.6), 0.11), "black", solid=False),
            cutout(disc((0, 3.3), 0.11), "go", solid=False, emission=0.2),
        ],
        "green signal": [
            _bar((-0.06, 0.06), (0, 4.2), "steel"),
            _bar((-0.2, 0.2), (3.1, 4.1), "black"),
            cutout(disc((0, 3.3), 0.11), "go", solid=False, emission=0.9),
        ],
        "bin": [
            cutout([(-0.28, 0), (0.28, 0), (0.34, 0.95), (-0.34, 0.95)], "paint"),
            _flat((-0.34, 0.34), (0.8, 0.95), "black"),
        ],
        "hydrant": [_bar((-0.13, 0.13), (0, 0.6), "red"), _bar((-0.2, 0.2), (0.35, 0.48), "red")],
        "cone": [
            cutout([(-0.25, 0), (0.25, 0), (0.06, 0.75), (-0.06, 0.75)], "orange"),
            cutout(
                [(-0.17, 0.25), (0.17, 0.25), (0.12, 0.45), (-0.12, 0.45)], "white", solid=False
            ),
        ],
        "billboard": [
            _bar((-0.18, 0.18), (0, 5.0), "steel"),
            _bar((-3.4, 3.4), (4.6, 8.2), "steel"),
            _flat((-3.25, 3.25), (4.75, 8.05), "paint"),
            _flat((-2.9, -0.3), (5.1, 7.7), "paint2"),
            _flat((0.1, 2.9), (6.9, 7.5), "paint3"),
            _flat((0.1, 2.3), (6.1, 6.5), "white"),
            _flat((0.1, 2.6), (5.4, 5.8), "white"),
        ],
    }
    return assemble(kinds[kind])


UPRIGHTS: Mapping[str, tuple[float, float]] = {
    "lamp": (0.1, 8.5),
    "double lamp": (0.1, 8.9),
    "utility": (0.15, 8.5),
    "pole": (0.1, 6.5),
    "round sign": (0.1, 2.9),
    "warning": (0.1, 2.8),
    "blue sign": (0.1, 2.8),
    "board": (0.7, 3.2),
    "signal": (0.1, 4.2),
    "green signal": (0.1, 4.2),
    "bin": (0.3, 0.95),
    "hydrant": (0.15, 0.6),
    "cone": (0.25, 0.75),
    "billboard": (0.3, 8.2),
}
"""Half width of the foot and height of each kind, in metres."""


def upright(rng: np.random.Generator, kind: str, spot: Spot, *, dark: bool = False) -> Thing:
    """Something on a post; turned by π its arm points left."""
    steel = pick(rng, STEEL)
    palette = {
        **_COMMON,
        "steel": steel,
        "wood": pick(rng, (steel, (108, 96, 82), (150, 144, 136))),
        "orange": (226, 96, 34),
        "paint": pick(rng, BRIGHT),
        "paint2": pick(rng, BRIGHT),
        "paint3": pick(rng, BRIGHT),
        "lamp": (255, 232, 180) if dark else (214, 214, 208),
    }
    half, height = UPRIGHTS[kind]
    draw = partial(draw_roadside, mesh=_upright(kind), palette=palette, label=ROADSIDE)
    return Thing(
        spot, draw, half_width=half, half_length=0.1, height=height, lamp=dark and "lamp" in kind
    )


def wires(rng: np.random.Generator, *, lateral: float, spacing: float, reach: float) -> Thing:
    """Slack wires along the road, from pole to pole; too thin to own a pixel."""
    sag, heights = rng.uniform(0.15, 0.5), 7.6 + rng.uniform(-0.9, 0.5, size=3)
    z = np.arange(2.0, reach, 2.0, dtype=np.float32)
    slack = sag * np.sin(np.pi * z / spacing) ** 2

    def draw(stage: Stage, spot: Spot) -> None:
        for height in heights.tolist():
            x = np.full_like(z, lateral + 0.3 * (height - 7.6)) + stage.view.course.centre(z)
            y = height - slack + stage.view.course.elevation(z)
            points = stage.view.camera.project(np.stack((x, y, z), axis=-1))
            stage.canvas.line(points, (84, 86, 92))

    near = Spot(lateral, 2.0)
    return Thing(near, draw, half_width=60, half_length=0.4, height=0.1, overhead=True, sails=True)


@cache
def _stall() -> Mesh:
    return assemble(
        [
            *block((-1.0, 1.0), (0.0, 0.85), (-0.6, 0.6), "wood"),
            *block((-0.9, 0.9), (0.85, 1.1), (-0.5, 0.5), "paint2"),
            _bar((-1.0, -0.94), (0.8, 2.2), "wood"),
            _bar((0.94, 1.0), (0.8, 2.2), "wood"),
            *block((-1.3, 1.3), (2.15, 2.35), (-0.9, 0.9), "paint"),
        ]
    )


@cache
def _rubble() -> Mesh:
    stones = (
        (-0.7, 0.2, 0.28),
        (0.55, 0.22, 0.3),
        (-0.1, 0.28, 0.36),
        (0.2, 0.62, 0.22),
        (-0.35, 0.55, 0.2),
    )
    heap = [(-1.1, 0), (1.1, 0), (0.8, 0.32), (0.35, 0.42), (-0.4, 0.4), (-0.8, 0.28)]
    return assemble(
        [
            cutout(heap, "coping"),
            *(
                cutout(disc((x, y), radius, corners=6), material)
                for (x, y, radius), material in zip(stones, ("masonry", "coping") * 3, strict=False)
            ),
        ]
    )


def stall(rng: np.random.Generator, spot: Spot) -> Thing:
    """A hawker's stall under its awning, or a heap of rubble."""
    heap = rng.random() < 0.2
    masonry = pick(rng, MASONRY)
    palette = {
        "wood": (112, 88, 66),
        "paint": pick(rng, BRIGHT),
        "paint2": pick(rng, BRIGHT),
        "masonry": masonry,
        "coping": (masonry[0] * 0.8, masonry[1] * 0.8, masonry[2] * 0.8),
    }
    if heap:  # a flat shape, which always faces the camera
        spot = replace(spot, yaw=0.0)
    mesh = _rubble() if heap else _stall()
    draw = partial(draw_roadside, mesh=mesh, palette=palette, label=ROADSIDE)
    return Thing(spot, draw, half_width=1.2, half_length=0.7, height=0.7 if heap else 2.3)


@cache
def _gantry(width: float) -> Mesh:
    half = width / 2
    return assemble(
        [
            _bar((-half - 0.15, -half + 0.15), (0, 6.6), "steel"),
            _bar((half - 0.15, half + 0.15), (0, 6.6), "steel"),
            _bar((-half, half), (6.0, 6.5), "steel"),
            _bar((-half * 0.7, -half * 0.1), (5.2, 7.2), "green"),
            _bar((half * 0.15, half * 0.75), (5.2, 7.2), "blue"),
            _flat((-half * 0.62, -half * 0.25), (6.4, 6.7), "white"),
            _flat((-half * 0.62, -half * 0.35), (5.7, 6.0), "white"),
            _flat((half * 0.24, half * 0.6), (6.1, 6.5), "white"),
        ]
    )


def gantry(rng: np.random.Generator, spot: Spot, *, width: float) -> Thing:
    """Signs across the whole road."""
    palette = {**_COMMON, "steel": pick(rng, STEEL)}
    draw = partial(draw_roadside, mesh=_gantry(round(width)), palette=palette, label=ROADSIDE)
    return Thing(spot, draw, half_width=width / 2, half_length=0.2, height=7.2, overhead=True)


@cache
def _flyover(width: float) -> Mesh:
    half = width / 2
    patches = []
    for x in (-half, half):
        patches += block((x - 0.9, x + 0.9), (0, 6.2), (-1.2, 1.2), "masonry")
    patches += block((-60, 60), (6.2, 7.8), (-5, 5), "masonry")
    patches += block((-60, 60), (7.8, 8.7), (-5.1, -4.9), "coping")
    return assemble(patches)


def flyover(rng: np.random.Generator, spot: Spot, *, width: float) -> Thing:
    """A bridge that carries another road over this one."""
    grey = rng.uniform(125, 170)
    palette: dict[str, Colour] = {
        "masonry": (grey, grey, grey * 0.97),
        "coping": (grey * 1.12, grey * 1.1, grey * 1.06),
    }
    draw = partial(draw_roadside, mesh=_flyover(round(width)), palette=palette, label=FAR)
    return Thing(spot, draw, half_width=30, half_length=5, height=8.7, overhead=True, frontage=True)


def draw_roadside(
    stage: Stage, spot: Spot, *, mesh: Mesh, palette: Mapping[str, Colour], label: int
) -> None:
    """Paint a shape of a class."""
    stage.paint(mesh, spot, palette=palette, label=label)
