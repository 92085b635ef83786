"""What the ground is made of."""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np

from .canvas import DRIVABLE, NON_DRIVABLE, ROADSIDE, Colour
from .dice import pick


class Surface(IntEnum):
    """What the ground is made of."""

    ASPHALT = 0
    WHITE = 1
    YELLOW = 2
    SHOULDER = 3
    KERB = 4
    KERB_DARK = 5
    PAVING = 6
    JOINT = 7
    GRASS = 8
    EARTH = 9


SURFACE_LABELS: Mapping[Surface, int] = {
    Surface.ASPHALT: DRIVABLE,
    Surface.WHITE: DRIVABLE,
    Surface.YELLOW: DRIVABLE,
    Surface.SHOULDER: DRIVABLE,
    Surface.KERB: ROADSIDE,
    Surface.KERB_DARK: ROADSIDE,
    Surface.PAVING: NON_DRIVABLE,
    Surface.JOINT: NON_DRIVABLE,
    Surface.GRASS: NON_DRIVABLE,
    Surface.EARTH: NON_DRIVABLE,
}

_TARMAC: tuple[Colour, ...] = (
    (92, 93, 96),
    (112, 112, 112),
    (128, 126, 122),
    (76, 77, 82),
    (138, 132, 122),
    (104, 100, 96),
)
_PAVERS: tuple[Colour, ...] = (
    (142, 140, 136),
    (124, 122, 120),
    (168, 160, 148),
    (150, 104, 86),
    (178, 164, 124),
    (110, 108, 108),
)
_DUST: tuple[Colour, ...] = ((158, 136, 106), (140, 122, 98), (172, 152, 122), (128, 104, 82))
_SOIL: tuple[Colour, ...] = ((124, 96, 70), (110, 92, 70), (138, 100, 76), (120, 108, 76))
_TURF: tuple[Colour, ...] = ((96, 116, 58), (116, 122, 68), (84, 104, 60), (142, 134, 80))


def choose_colours(rng: np.random.Generator, *, striped: bool) -> dict[Surface, Colour]:
    """Colours of a street's surfaces; some kerbs are striped for the eye's sake."""
    kerb: Colour = (196, 194, 186) if striped else pick(rng, _PAVERS)
    paint = rng.uniform(170, 232)
    paving = _shaded(pick(rng, _PAVERS), rng)
    return {
        Surface.ASPHALT: _shaded(pick(rng, _TARMAC), rng),
        Surface.WHITE: (paint, paint, paint * 0.97),
        Surface.YELLOW: (paint * 0.98, paint * 0.76, paint * 0.25),
        Surface.SHOULDER: _shaded(pick(rng, _DUST), rng),
        Surface.KERB: kerb,
        Surface.KERB_DARK: pick(rng, ((36, 36, 38), (206, 170, 50), (44, 44, 46))),
        Surface.PAVING: paving,
        Surface.JOINT: (paving[0] * 0.72, paving[1] * 0.72, paving[2] * 0.72),
        Surface.GRASS: _shaded(pick(rng, _TURF), rng),
        Surface.EARTH: _shaded(pick(rng, _SOIL), rng),
    }


def _shaded(colour: Colour, rng: np.random.Generator) -> Colour:
    tone = rng.uniform(0.88, 1.12)
    return colour[0] * tone, colour[1] * tone, colour[2] * tone
