"""People on foot, cows and dogs."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial

import numpy as np

from ..canvas import LIVING, Colour
from ..dice import pick
from ..light import mix
from ..mesh import Mesh, Patch, assemble, cutout, disc
from ..stage import Stage, Thing
from ..view import Spot

SKIN: tuple[Colour, ...] = (
    (96, 66, 50),
    (122, 84, 62),
    (150, 108, 82),
    (186, 142, 112),
    (72, 50, 40),
)
HAIR: Colour = (28, 24, 24)
CLOTHES: tuple[Colour, ...] = (
    (228, 226, 220),
    (196, 192, 182),
    (40, 44, 62),
    (62, 70, 92),
    (88, 90, 94),
    (34, 34, 38),
    (150, 34, 38),
    (204, 70, 52),
    (222, 150, 46),
    (48, 104, 78),
    (44, 92, 150),
    (120, 64, 120),
    (214, 122, 150),
    (126, 92, 64),
    (110, 150, 180),
    (190, 170, 120),
)
ADULT = 1.7
"""Height of the shapes in metres; a spot's scale makes children and tall people."""
_HIDES: tuple[Colour, ...] = ((214, 206, 192), (120, 84, 60), (60, 50, 46), (168, 150, 126))


def _head(hair: str) -> list[Patch]:
    return [
        cutout([(-0.05, 1.42), (0.05, 1.42), (0.05, 1.5), (-0.05, 1.5)], "skin"),
        cutout(disc((0, 1.585), 0.115, squash=0.85), hair),
    ]


def _legs(stride: float) -> list[Patch]:
    """Two legs, ``stride`` metres apart at the feet."""
    left = [(-0.17 - stride, 0.0), (-0.04 - stride, 0.0), (-0.01, 0.86), (-0.17, 0.86)]
    right = [
        (0.04 + stride, 0.05 * (stride > 0)),
        (0.17 + stride, 0.05 * (stride > 0)),
        (0.17, 0.86),
        (0.01, 0.86),
    ]
    return [cutout(left, "bottom"), cutout(right, "bottom")]


def _arms(swing: float) -> list[Patch]:
    return [
        cutout(
            [
                (-0.2, 1.4),
                (-0.26, 1.36),
                (-0.31 - swing, 0.84),
                (-0.23 - swing, 0.82),
                (-0.16, 1.2),
            ],
            "top",
        ),
        cutout(
            [(0.2, 1.4), (0.16, 1.2), (0.23 + swing, 0.82), (0.31 + swing, 0.84), (0.26, 1.36)],
            "top",
        ),
    ]


_TORSO = [(-0.17, 0.8), (0.17, 0.8), (0.22, 1.4), (0.1, 1.45), (-0.1, 1.45), (-0.22, 1.4)]
_GOWN = [
    (-0.27, 0.03),
    (0.27, 0.03),
    (0.2, 0.8),
    (0.16, 1.1),
    (0.2, 1.42),
    (-0.2, 1.42),
    (-0.16, 1.1),
    (-0.2, 0.8),
]


@cache
def _person(pose: str) -> Mesh:
    face = cutout(disc((0, 1.57), 0.075), "skin", solid=False)
    shoulder_bag = cutout([(0.12, 0.75), (0.3, 0.75), (0.3, 1.0), (0.12, 1.0)], "bag")
    poses: Mapping[str, list[Patch]] = {
        "walking": [*_legs(0.08), *_arms(0.02), cutout(_TORSO, "top"), *_head("hair"), face],
        "leaving": [*_legs(0.05), *_arms(0.04), cutout(_TORSO, "top"), *_head("hair")],
        "standing": [*_legs(0.0), *_arms(-0.03), cutout(_TORSO, "top"), *_head("hair"), face],
        "crossing": [
            *_legs(0.2),
            cutout([(-0.12, 0.8), (0.12, 0.8), (0.15, 1.43), (-0.13, 1.43)], "top"),
            cutout([(-0.05, 1.35), (0.07, 1.35), (0.24, 0.88), (0.16, 0.84)], "top"),
            *_head("hair"),
        ],
        "gown": [
            cutout(_GOWN, "top"),
            *_arms(0.0),
            *_head("hair"),
            face,
            cutout([(-0.2, 1.42), (-0.06, 1.44), (0.24, 0.5), (0.1, 0.4)], "bottom", solid=False),
        ],
        "laden": [*_legs(0.06), *_arms(0.05), shoulder_bag, cutout(_TORSO, "top"), *_head("hair")],
        "backpack": [
            *_legs(0.04),
            *_arms(0.03),
            cutout(_TORSO, "top"),
            cutout([(-0.15, 0.95), (0.15, 0.95), (0.15, 1.38), (-0.15, 1.38)], "bag", solid=False),
            *_head("hair"),
        ],
        "umbrella": [
            *_legs(0.06),
            *_arms(0.0),
            cutout(_TORSO, "top"),
            *_head("hair"),
            cutout([(-0.62, 1.72), (0.62, 1.72), (0.4, 1.98), (0.0, 2.08), (-0.4, 1.98)], "bag"),
        ],
    }
    return assemble(poses[pose])


_POSES = ("walking", "leaving", "standing", "crossing", "gown", "laden", "backpack")


def person(rng: np.random.Generator, spot: Spot, *, rainy: bool, speed: float = 0.0) -> Thing:
    """Somebody on foot; one in six is a child."""
    pose = "umbrella" if rainy and rng.random() < 0.5 else pick(rng, _POSES)
    scale = rng.uniform(0.6, 0.85) if rng.random() < 1 / 6 else rng.normal(1.0, 0.05)
    palette = {
        "skin": pick(rng, SKIN),
        "hair": HAIR if rng.random() < 0.85 else (150, 146, 140),
        "top": pick(rng, CLOTHES),
        "bottom": pick(rng, CLOTHES),
        "bag": pick(rng, CLOTHES),
    }
    spot = replace(spot, scale=scale)
    return Thing(
        spot,
        partial(_draw, mesh=_person(pose), palette=palette),
        half_width=0.25,
        half_length=0.2,
        height=ADULT * scale,
        speed=speed,
    )


@cache
def _cow() -> Mesh:
    leg = [(0.0, 0.0), (0.12, 0.0), (0.15, 0.75), (-0.05, 0.75)]
    legs = [
        cutout([(x + at, y) for x, y in leg], "shade" if far else "hide")
        for at, far in ((-0.62, True), (0.5, True), (-0.78, False), (0.36, False))
    ]
    return assemble(
        [
            *legs,
            cutout(
                [
                    (-0.9, 0.7),
                    (-0.2, 0.62),
                    (0.6, 0.66),
                    (0.78, 1.1),
                    (0.72, 1.38),
                    (0.1, 1.28),
                    (-0.82, 1.32),
                    (-0.95, 1.1),
                ],
                "hide",
            ),
            cutout(
                [
                    (0.62, 1.0),
                    (0.95, 1.28),
                    (1.25, 1.05),
                    (1.32, 1.15),
                    (1.08, 1.56),
                    (0.92, 1.6),
                    (0.66, 1.36),
                ],
                "hide",
            ),
            cutout([(0.92, 1.58), (0.98, 1.58), (1.0, 1.8), (0.94, 1.76)], "horn"),
            cutout([(-0.95, 1.25), (-0.9, 1.25), (-0.96, 0.6), (-1.02, 0.6)], "shade"),
            cutout([(-0.5, 0.8), (0.0, 0.78), (0.1, 1.2), (-0.4, 1.25)], "patch", solid=False),
        ]
    )


def animal(rng: np.random.Generator, spot: Spot, *, speed: float = 0.0) -> Thing:
    """A cow, or by the same outline, a third of its size, a dog."""
    dog = rng.random() < 0.4
    hide = pick(rng, _HIDES)
    shade = mix(hide, (0, 0, 0), 0.25)
    palette: dict[str, Colour] = {
        "hide": hide,
        "shade": shade,
        "horn": shade if dog else (180, 170, 150),
        "patch": pick(rng, _HIDES),
    }
    scale = 0.42 if dog else rng.uniform(0.85, 1.05)
    return Thing(
        replace(spot, scale=scale),
        partial(_draw, mesh=_cow(), palette=palette),
        half_width=1.0 * scale,
        half_length=0.3 * scale,
        height=1.6 * scale,
        speed=speed,
    )


def _draw(stage: Stage, spot: Spot, *, mesh: Mesh, palette: Mapping[str, Colour]) -> None:
    stage.paint(mesh, spot, palette=palette, label=LIVING)
