"""What runs along a road for long: crash rails, walls, parapets, railings, hoardings."""

from functools import cache, partial

import numpy as np

from ..canvas import ROADSIDE, Colour
from ..dice import pick
from ..mesh import Mesh, Patch, assemble, block, merged
from ..stage import Thing
from ..view import Spot
from .furniture import BRIGHT, MASONRY, STEEL, draw_roadside


@cache
def _run(kind: str, length: float) -> Mesh:
    """Barriers along the road, centred, of unit shape."""
    ends = (-length / 2, length / 2)
    posts = np.arange(ends[0], ends[1] + 0.01, 2.0 if kind != "wall" else 4.0)
    patches: list[Patch] = []
    if kind == "rail":
        for z in posts:
            patches += block((-0.05, 0.05), (0, 0.7), (z, z + 0.1), "steel")
        patches = merged(patches)
        patches += block((-0.06, 0.06), (0.45, 0.75), ends, "steel")
    elif kind == "wall":
        patches += block((-0.15, 0.15), (0, 1.8), ends, "masonry")
        patches += block((-0.2, 0.2), (1.8, 1.95), ends, "coping")
    elif kind == "parapet":
        patches += block((-0.25, 0.25), (0, 0.35), ends, "masonry")
        patches += block((-0.14, 0.14), (0.35, 0.9), ends, "masonry")
    elif kind == "railing":
        for z in np.arange(ends[0], ends[1] + 0.01, 0.5):
            patches += block((-0.02, 0.02), (0, 1.0), (z, z + 0.05), "paint")
        patches = merged(patches)
        for y in (0.15, 0.95):
            patches += block((-0.03, 0.03), (y, y + 0.07), ends, "paint")
    else:  # hoarding: corrugated sheets around a site
        patches += block((-0.05, 0.05), (0.1, 2.6), ends, "paint")
        uprights = [block((-0.07, 0.07), (0, 2.6), (z, z + 0.12), "steel") for z in posts]
        patches += merged([patch for upright in uprights for patch in upright])
    return assemble(patches)


RUN_LENGTH = 8.0
"""Metres of a stretch of fence or wall."""
_RUN_HEIGHTS = {"rail": 0.75, "wall": 1.95, "parapet": 0.9, "railing": 1.0, "hoarding": 2.6}


def run(kind: str, spot: Spot, *, colours: tuple[Colour, Colour, Colour]) -> Thing:
    """A stretch of crash ``rail``, ``wall``, ``parapet``, ``railing`` or ``hoarding``.

    Args:
        kind: What it is.
        spot: Its middle.
        colours: Masonry, steel and paint, equal along a street.
    """
    masonry, steel, paint = colours
    coping = (masonry[0] * 0.85, masonry[1] * 0.85, masonry[2] * 0.85)
    palette = {"masonry": masonry, "coping": coping, "steel": steel, "paint": paint}
    mesh = _run(kind, RUN_LENGTH)
    return Thing(
        spot,
        partial(draw_roadside, mesh=mesh, palette=palette, label=ROADSIDE),
        half_width=0.15,
        half_length=RUN_LENGTH / 2,
        height=_RUN_HEIGHTS[kind],
        frontage=True,
    )


def run_colours(rng: np.random.Generator) -> tuple[Colour, Colour, Colour]:
    """Masonry, steel and paint of a street's fences."""
    return pick(rng, MASONRY), pick(rng, STEEL), pick(rng, BRIGHT)
