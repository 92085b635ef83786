"""Shapes of cars, buses, lorries and autorickshaws, each pointing away from the camera."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..mesh import Mesh, Patch, Section, assemble, block, disc, loft, on_wall, rectangles, walls


@dataclass(frozen=True)
class Body:
    """The shape of a vehicle and its extents in metres."""

    mesh: Mesh
    half_width: float
    half_length: float
    height: float


@dataclass(frozen=True)
class Car:
    """Measures of a car in metres."""

    length: float
    half: float
    """Half of its width."""
    belt: float
    """Height of the lower edge of the windows."""
    roof: float
    """Height of the roof."""
    bonnet: float
    """Length from the nose to the wind screen."""
    boot: float
    """Length from the tail to the rear window."""
    rakes: tuple[float, float] = (0.35, 0.75)
    """How far rear window and wind screen lean inwards."""


def _tyres(half: float, radius: float, centres: tuple[float, ...]) -> list[Patch]:
    """The tyres as seen from behind and in front, to be painted before the body."""
    inner = (-half + 0.04, half - 0.26)
    return [
        patch
        for z in centres
        for x in inner
        for patch in block((x, x + 0.22), (0, radius), (z - radius, z + radius), "tyre")
    ]


def _wheels(half: float, radius: float, centres: tuple[float, ...]) -> list[Patch]:
    """Wheels on both sides, to be painted after the body."""
    patches = []
    for z in centres:
        for sign in (-1, 1):
            for size, material in ((radius, "tyre"), (0.55 * radius, "rim")):
                ring = [(sign * (half + 0.01), y, x) for x, y in disc((z, radius), size)]
                polygon = np.array([ring[::sign]], dtype=np.float32)
                patches.append(Patch(polygon, material, solid=material == "tyre"))
    return patches


def _centred(patches: list[Patch], length: float) -> Mesh:
    """The shape with its middle, not its rear, at z = 0."""
    shift = np.array((0, 0, length / 2), dtype=np.float32)
    return assemble([replace(patch, polygons=patch.polygons - shift) for patch in patches])


def _car(car: Car) -> Body:
    """Two lofts: the body, and the cabin on it."""
    length, half = car.length, car.half
    rear_rake, front_rake = car.rakes
    sill = Section(0.24, half * 0.93, 0.06, length - 0.10)
    flank = Section(0.56, half, 0.0, length)
    belt = Section(car.belt, half * 0.96, 0.06, length - 0.12)
    waist = Section(car.belt, half * 0.93, car.boot, length - car.bonnet)
    eave = Section(
        car.roof - 0.07, half * 0.76, car.boot + rear_rake, length - car.bonnet - front_rake
    )
    roof = Section(car.roof, half * 0.66, eave.rear + 0.12, eave.front - 0.16)
    bumper, upper, cabin = walls(sill, flank), walls(flank, belt), walls(waist, eave)
    patches = [
        *block((-half * 0.9, half * 0.9), (0.14, 0.3), (0.2, length - 0.2), "under"),
        *_tyres(half, 0.31, (0.17 * length, 0.80 * length)),
        *loft([sill, flank, belt], "paint"),
        *_wheels(half, 0.31, (0.17 * length, 0.80 * length)),
        *loft([waist, eave, roof], "paint"),
        rectangles(bumper["rear"], [(0.0, 0.0, 1.0, 0.45)], "dark"),
        rectangles(bumper["rear"], [(0.36, 0.5, 0.64, 0.95)], "plate"),
        rectangles(
            upper["rear"], [(0.02, 0.3, 0.17, 0.95), (0.83, 0.3, 0.98, 0.95)], "tail", emission=0.85
        ),
        rectangles(bumper["front"], [(0.12, 0.05, 0.88, 0.55)], "dark"),
        rectangles(bumper["front"], [(0.37, 0.35, 0.63, 0.75)], "plate"),
        rectangles(upper["front"], [(0.28, 0.2, 0.72, 0.75)], "dark"),
        rectangles(
            upper["front"], [(0.03, 0.3, 0.24, 0.85), (0.76, 0.3, 0.97, 0.85)], "head", emission=1.0
        ),
        rectangles(cabin["rear"], [(0.07, 0.12, 0.93, 0.92)], "glass"),
        rectangles(cabin["front"], [(0.05, 0.06, 0.95, 0.95)], "glass"),
        rectangles(cabin["left"], [(0.10, 0.1, 0.49, 0.92), (0.53, 0.1, 0.92, 0.92)], "glass"),
        rectangles(cabin["right"], [(0.08, 0.1, 0.47, 0.92), (0.51, 0.1, 0.90, 0.92)], "glass"),
    ]
    return Body(_centred(patches, length), half, length / 2, car.roof)


def _bus(length: float, half: float, height: float) -> Body:
    """A long box on wheels with a row of windows."""
    sections = [
        Section(0.32, half * 0.98, 0.05, length - 0.05),
        Section(1.15, half, 0.0, length),
        Section(height - 0.25, half * 0.97, 0.04, length - 0.18),
        Section(height, half * 0.85, 0.25, length - 0.45),
    ]
    skirt, body = walls(*sections[:2]), walls(*sections[1:3])
    count = int(length / 1.3)
    panes = [
        (0.03 + 0.94 * i / count, 0.32, 0.03 + 0.94 * (i + 0.86) / count, 0.8) for i in range(count)
    ]
    patches = [
        *block((-half * 0.9, half * 0.9), (0.2, 0.4), (0.2, length - 0.2), "under"),
        *_tyres(half, 0.48, (0.24 * length, 0.80 * length)),
        *loft(sections, "paint"),
        *_wheels(half, 0.48, (0.24 * length, 0.80 * length)),
    ]
    for side in ("left", "right"):
        patches += [
            rectangles(skirt[side], [(0, 0.55, 1, 0.85)], "trim"),
            rectangles(body[side], [(0, 0.0, 1, 0.12), (0, 0.86, 1, 0.96)], "trim"),
            rectangles(body[side], panes, "glass"),
        ]
    lamps = [(0.03, 0.35, 0.12, 0.75), (0.88, 0.35, 0.97, 0.75)]
    patches += [
        rectangles(skirt["rear"], [(0.0, 0.0, 1.0, 0.22)], "dark"),
        rectangles(skirt["rear"], [(0.4, 0.3, 0.6, 0.48)], "plate"),
        rectangles(skirt["rear"], lamps, "tail", emission=0.85),
        rectangles(body["rear"], [(0.12, 0.42, 0.88, 0.86)], "glass"),
        rectangles(body["rear"], [(0, 0.02, 1, 0.2)], "trim"),
        rectangles(skirt["front"], [(0.0, 0.0, 1.0, 0.25), (0.3, 0.4, 0.7, 0.7)], "dark"),
        rectangles(skirt["front"], lamps, "head", emission=1.0),
        rectangles(body["front"], [(0.05, 0.1, 0.95, 0.76)], "glass"),
        rectangles(body["front"], [(0.2, 0.82, 0.8, 0.96)], "trim2", emission=0.3),
    ]
    return Body(_centred(patches, length), half, length / 2, height)


def _lorry(length: float, *, loaded: bool) -> Body:
    """A cab, and a painted bed or box behind it."""
    half, cab, top = 1.15, 1.7, 2.6
    bed = [
        Section(0.95, half, 0.0, length - cab - 0.1),
        Section(top, half, 0.0, length - cab - 0.1),
    ]
    nose = [
        Section(0.5, half * 0.9, length - cab, length),
        Section(1.5, half * 0.92, length - cab, length),
        Section(2.4, half * 0.86, length - cab, length - 0.25),
        Section(2.6, half * 0.7, length - cab + 0.15, length - 0.5),
    ]
    tail, side, grille, screen = walls(*bed), walls(*bed), walls(*nose[:2]), walls(*nose[1:3])
    slats = [(i / 6 + 0.02, 0.06, (i + 1) / 6 - 0.02, 0.94) for i in range(6)]
    patches = [
        *block((-0.9, 0.9), (0.45, 0.95), (0.3, length - 0.2), "under"),
        *_tyres(half, 0.5, (0.16 * length, 0.28 * length, 0.86 * length)),
        *_wheels(half, 0.5, (0.16 * length, 0.28 * length, 0.86 * length)),
        *loft(nose, "paint"),
        rectangles(grille["front"], [(0.2, 0.3, 0.8, 0.8)], "trim"),
        rectangles(grille["front"], [(0, 0, 1, 0.18)], "dark"),
        rectangles(
            grille["front"],
            [(0.03, 0.35, 0.16, 0.65), (0.84, 0.35, 0.97, 0.65)],
            "head",
            emission=1.0,
        ),
        rectangles(screen["front"], [(0.06, 0.12, 0.94, 0.85)], "glass"),
        rectangles(screen["left"], [(0.2, 0.1, 0.8, 0.8)], "glass"),
        rectangles(screen["right"], [(0.2, 0.1, 0.8, 0.8)], "glass"),
        *loft(bed, "trim" if loaded else "paint", lid="cargo"),
        rectangles(side["left"], slats, "trim2"),
        rectangles(side["right"], slats, "trim2"),
        rectangles(tail["rear"], [(0.04, 0.06, 0.48, 0.46), (0.52, 0.06, 0.96, 0.46)], "paint"),
        rectangles(tail["rear"], [(0.04, 0.54, 0.96, 0.68)], "trim2"),
        rectangles(tail["rear"], [(0.04, 0.74, 0.48, 0.94), (0.52, 0.74, 0.96, 0.94)], "paint"),
        rectangles(
            tail["rear"],
            [(0.02, -0.14, 0.14, -0.02), (0.86, -0.14, 0.98, -0.02)],
            "tail",
            emission=0.85,
        ),
        rectangles(tail["rear"], [(0.4, -0.2, 0.6, -0.06)], "plate"),
    ]
    if loaded:
        heap = [
            Section(top, half * 0.95, 0.2, bed[0].front - 0.2),
            Section(top + 0.7, half * 0.5, 0.8, bed[0].front - 1),
        ]
        patches += loft(heap, "cargo")
    return Body(_centred(patches, length), half, length / 2, top + 0.7 * loaded)


def _autorickshaw() -> Body:
    """Three wheels, an open tub and a canopy."""
    length = 2.6
    sections = [
        Section(0.28, 0.60, 0.05, 2.45),
        Section(0.62, 0.65, 0.0, 2.55),
        Section(0.98, 0.64, 0.04, 2.3),
    ]
    canopy = [
        Section(0.98, 0.63, 0.04, 2.15),
        Section(1.52, 0.60, 0.12, 1.9),
        Section(1.74, 0.46, 0.3, 1.7),
    ]
    flank, tub, tent = walls(*sections[:2]), walls(*sections[1:]), walls(*canopy[:2])
    patches = [
        *block((-0.5, 0.5), (0.12, 0.3), (0.2, 2.3), "under"),
        *_tyres(0.62, 0.22, (0.35,)),
        *block((-0.08, 0.08), (0.0, 0.42), (2.2, 2.6), "tyre"),
        *loft(sections, "paint"),
        *_wheels(0.62, 0.22, (0.35,)),
        *loft(canopy, "trim"),
        rectangles(tent["rear"], [(0.18, 0.35, 0.82, 0.8)], "glass"),
        rectangles(tent["front"], [(0.08, 0.08, 0.92, 0.95)], "glass"),
        rectangles(flank["rear"], [(0.05, 0.1, 0.95, 0.3)], "dark"),
        rectangles(
            tub["rear"], [(0.06, 0.25, 0.18, 0.6), (0.82, 0.25, 0.94, 0.6)], "tail", emission=0.85
        ),
        rectangles(tub["rear"], [(0.38, 0.1, 0.62, 0.45)], "plate"),
        rectangles(tub["front"], [(0.4, 0.2, 0.6, 0.75)], "head", emission=1.0),
    ]
    doorway = [(0.28, 0.25), (0.80, 0.25), (0.86, 1.7), (0.30, 1.95)]
    for side, flip in (("right", False), ("left", True)):
        marks = [(1 - s, t) for s, t in doorway][::-1] if flip else doorway
        patches.append(Patch(on_wall(tub[side], [marks]), "inside"))
    return Body(_centred(patches, length), 0.65, length / 2, canopy[-1].y)


_BODIES: Mapping[str, Callable[[], Body]] = {
    "hatchback": lambda: _car(Car(3.7, 0.82, 0.92, 1.50, 0.75, 0.08)),
    "sedan": lambda: _car(Car(4.3, 0.86, 0.92, 1.46, 1.05, 0.55, (0.55, 0.8))),
    "suv": lambda: _car(Car(4.5, 0.92, 1.08, 1.78, 1.05, 0.06, (0.25, 0.65))),
    "van": lambda: _car(Car(4.0, 0.80, 1.10, 1.92, 0.25, 0.04, (0.10, 0.55))),
    "bus": lambda: _bus(10.5, 1.25, 3.1),
    "minibus": lambda: _bus(6.2, 1.0, 2.5),
    "lorry": lambda: _lorry(7.2, loaded=True),
    "box lorry": lambda: _lorry(6.0, loaded=False),
    "autorickshaw": _autorickshaw,
}


@cache
def body(kind: str) -> Body:
    """The body of a kind of vehicle."""
    return _BODIES[kind]()
