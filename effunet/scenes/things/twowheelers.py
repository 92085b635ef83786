"""Motorbikes, and who rides them."""

from dataclasses import replace
from functools import cache, partial

import numpy as np

from ..canvas import LIVING
from ..dice import pick
from ..mesh import Mesh, Patch, assemble, cutout, disc
from ..stage import Thing
from ..view import Spot
from .people import CLOTHES, HAIR, SKIN
from .vehicles import FITTINGS, PAINTS, draw_vehicle


def _rider(lean: float, *, label: int = LIVING) -> list[Patch]:
    """A person astride a two-wheeler, seen from behind or in front."""
    return [
        cutout([(-0.30, 0.36), (-0.17, 0.36), (-0.06, 0.9), (-0.24, 0.92)], "bottom", label=label),
        cutout([(0.17, 0.36), (0.30, 0.36), (0.24, 0.92), (0.06, 0.9)], "bottom", label=label),
        cutout(
            [(-0.2, 0.8), (0.2, 0.8), (0.25 + lean, 1.4), (-0.25 + lean, 1.4)], "top", label=label
        ),
        cutout(
            [(-0.25 + lean, 1.38), (-0.42, 1.08), (-0.36, 0.98), (-0.17, 1.2)], "top", label=label
        ),
        cutout([(0.25 + lean, 1.38), (0.17, 1.2), (0.36, 0.98), (0.42, 1.08)], "top", label=label),
        cutout(disc((lean, 1.55), 0.15, squash=0.9), "head_cover", label=label),
    ]


@cache
def _motorbike(view: str, riders: int) -> Mesh:
    """A motorbike from ``behind``, from ``ahead`` or parked, with none, one or two on it."""
    patches = [
        cutout([(-0.08, 0), (0.08, 0), (0.08, 0.58), (-0.08, 0.58)], "tyre"),
        cutout([(-0.16, 0.42), (0.16, 0.42), (0.15, 0.84), (-0.15, 0.84)], "paint"),
        cutout([(0.10, 0.22), (0.22, 0.22), (0.20, 0.42), (0.10, 0.42)], "chrome"),
        cutout([(-0.40, 0.98), (0.40, 0.98), (0.40, 1.04), (-0.40, 1.04)], "dark"),
        cutout([(-0.05, 0.8), (0.05, 0.8), (0.05, 1.0), (-0.05, 1.0)], "dark"),
    ]
    seated = _rider(0.0) if riders else []
    if riders == 2:
        behind = np.array((0.03, 0.06, 0), dtype=np.float32)
        second = [replace(patch, polygons=patch.polygons + behind) for patch in _rider(0.02)]
        swap = {"top": "bottom", "head_cover": "hair", "bottom": "top"}
        seated += [replace(p, material=swap.get(p.material, p.material)) for p in second]
    if view == "ahead":
        lamp = cutout(disc((0, 0.88), 0.09), "head", solid=False, emission=1.0)
        face = cutout(disc((0, 1.53), 0.08), "skin", solid=False)
        return assemble([*seated, *patches, lamp, *([face] if riders else [])])
    lamp = cutout(
        [(-0.08, 0.7), (0.08, 0.7), (0.08, 0.78), (-0.08, 0.78)], "tail", solid=False, emission=0.85
    )
    return assemble([*patches, lamp, *seated])


@cache
def _motorbike_aside(riders: int) -> Mesh:
    """A motorbike across the line of sight, moving to the right."""
    patches = [
        cutout(disc((-0.62, 0.3), 0.3), "tyre"),
        cutout(disc((0.62, 0.3), 0.3), "tyre"),
        cutout(disc((-0.62, 0.3), 0.18), "rim", solid=False),
        cutout(disc((0.62, 0.3), 0.18), "rim", solid=False),
        cutout(
            [(-0.75, 0.62), (-0.3, 0.3), (0.2, 0.28), (0.45, 0.75), (0.1, 0.86), (-0.6, 0.78)],
            "paint",
        ),
        cutout([(0.42, 0.7), (0.62, 0.3), (0.68, 0.32), (0.44, 1.06), (0.34, 1.04)], "dark"),
    ]
    if riders:
        patches += [
            cutout(
                [(-0.2, 0.82), (0.16, 0.76), (0.1, 0.34), (0.26, 0.32), (0.32, 0.86), (-0.1, 0.98)],
                "bottom",
                label=LIVING,
            ),
            cutout([(-0.28, 0.8), (0.02, 0.8), (0.12, 1.36), (-0.14, 1.4)], "top", label=LIVING),
            cutout(
                [(-0.02, 1.34), (0.08, 1.2), (0.42, 1.0), (0.44, 1.08), (0.1, 1.36)],
                "top",
                label=LIVING,
            ),
            cutout(disc((0.02, 1.54), 0.15), "head_cover", label=LIVING),
        ]
    return assemble(patches)


def motorbike(
    rng: np.random.Generator, view: str, spot: Spot, *, riders: int, speed: float = 0.0
) -> Thing:
    """A motorbike from ``behind``, ``ahead`` or ``aside``."""
    mesh = _motorbike_aside(riders) if view == "aside" else _motorbike(view, riders)
    palette = {
        **FITTINGS,
        "paint": pick(rng, PAINTS),
        "top": pick(rng, CLOTHES),
        "bottom": pick(rng, CLOTHES),
        "skin": pick(rng, SKIN),
        "hair": HAIR,
        "head_cover": pick(
            rng, (HAIR, HAIR, (30, 30, 34), (170, 30, 30), (220, 220, 224), (40, 70, 140))
        ),
    }
    return Thing(
        spot,
        partial(draw_vehicle, mesh=mesh, palette=palette),
        half_width=0.9 if view == "aside" else 0.35,
        half_length=0.3 if view == "aside" else 0.9,
        height=1.6 if riders else 1.1,
        speed=speed,
    )
