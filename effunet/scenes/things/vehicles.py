"""Cars, buses, lorries and autorickshaws."""

import math
from collections.abc import Mapping
from functools import partial

import numpy as np

from ..canvas import VEHICLE, Colour
from ..dice import pick
from ..mesh import (
    Mesh,
)
from ..stage import Stage, Thing
from ..view import Spot
from .bodies import body

FITTINGS: Mapping[str, Colour] = {
    "under": (22, 22, 24),
    "tyre": (26, 26, 28),
    "rim": (128, 130, 134),
    "glass": (46, 56, 66),
    "dark": (40, 41, 44),
    "plate": (226, 224, 214),
    "tail": (196, 26, 22),
    "head": (244, 240, 224),
    "seat": (34, 30, 30),
    "cargo": (120, 96, 66),
    "inside": (26, 25, 26),
    "chrome": (168, 170, 174),
}
PAINTS: tuple[Colour, ...] = (
    (236, 236, 234),
    (236, 236, 234),
    (176, 180, 184),
    (124, 128, 132),
    (60, 62, 66),
    (34, 35, 38),
    (150, 26, 28),
    (188, 44, 36),
    (30, 58, 118),
    (58, 98, 150),
    (104, 78, 56),
    (196, 168, 60),
    (52, 92, 70),
    (198, 190, 172),
)
_COACHWORK: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((214, 120, 32), (40, 92, 150), (236, 206, 60)),
    ((48, 110, 74), (226, 196, 60), (190, 40, 36)),
    ((176, 36, 34), (232, 224, 206), (44, 84, 140)),
    ((52, 96, 160), (228, 228, 224), (224, 140, 40)),
    ((222, 218, 208), (60, 120, 84), (196, 60, 40)),
    ((122, 72, 46), (218, 170, 60), (60, 110, 90)),
)
_CABS: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((50, 128, 66), (216, 178, 44), (216, 178, 44)),
    ((216, 178, 44), (36, 36, 38), (36, 36, 38)),
)
_LIVERIES: Mapping[str, tuple[tuple[Colour, Colour, Colour], ...]] = {
    **dict.fromkeys(("bus", "minibus", "lorry", "box lorry"), _COACHWORK),
    "autorickshaw": _CABS,
}
"""Paint and two trims of what is not painted in one colour."""
_TAXI_PLATE: Colour = (224, 190, 40)


def vehicle(rng: np.random.Generator, kind: str, spot: Spot, *, speed: float = 0.0) -> Thing:
    """A vehicle on at least three wheels, in its own colours."""
    form = body(kind)
    paint = pick(rng, PAINTS)
    painted = pick(rng, _LIVERIES[kind]) if kind in _LIVERIES else (paint, paint, paint)
    palette = {**FITTINGS, **dict(zip(("paint", "trim", "trim2"), painted, strict=True))}
    if rng.random() < 0.25:
        palette["plate"] = _TAXI_PLATE
    aside = abs(math.sin(spot.yaw))
    return Thing(
        spot,
        partial(draw_vehicle, mesh=form.mesh, palette=palette),
        half_width=form.half_width + aside * (form.half_length - form.half_width),
        half_length=form.half_length + aside * (form.half_width - form.half_length),
        height=form.height,
        speed=speed,
    )


def draw_vehicle(stage: Stage, spot: Spot, *, mesh: Mesh, palette: Mapping[str, Colour]) -> None:
    """Paint a vehicle's shape."""
    stage.paint(mesh, spot, palette=palette, label=VEHICLE)
