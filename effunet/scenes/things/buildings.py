"""Houses, shops, blocks of flats, offices and sheds.

Two dozen of each kind are designed once; where they stand they get colours of their own.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial

import numpy as np

from ..canvas import FAR, ROADSIDE, Colour
from ..dice import pick
from ..mesh import Mesh, Patch, Section, assemble, block, loft, rectangles, walls
from ..stage import Stage, Thing
from ..view import Spot
from .facades import grid, openings, roof_clutter, shops

_DESIGNS = 24
_SEEN = ("left", "right", "rear")  # nobody sees the front, which is turned away from the camera
_PLASTER: tuple[Colour, ...] = (
    (222, 214, 196),
    (206, 188, 158),
    (226, 222, 214),
    (178, 172, 164),
    (150, 148, 146),
    (196, 160, 132),
    (170, 112, 88),
    (212, 196, 128),
    (168, 186, 190),
    (136, 158, 150),
    (214, 170, 160),
    (128, 120, 116),
    (140, 94, 74),
    (190, 190, 186),
    (112, 114, 118),
    (200, 206, 198),
)
_ROOFS: tuple[Colour, ...] = ((146, 74, 54), (118, 66, 52), (96, 92, 90), (128, 118, 104))
_SIGNS: tuple[Colour, ...] = (
    (196, 36, 34),
    (222, 176, 36),
    (34, 84, 160),
    (32, 128, 84),
    (232, 230, 222),
    (222, 112, 34),
    (110, 40, 110),
    (24, 26, 32),
)
_SHUTTERS: tuple[Colour, ...] = (
    (84, 98, 108),
    (58, 84, 120),
    (70, 96, 78),
    (120, 116, 110),
    (44, 40, 40),
    (128, 70, 50),
)
_GLASS_BY_DAY: tuple[Colour, ...] = ((58, 66, 76), (74, 88, 100), (48, 50, 54), (92, 106, 116))
_GLASS_LIT: tuple[Colour, ...] = (
    (255, 214, 140),
    (255, 232, 186),
    (236, 226, 214),
    (255, 190, 104),
)


def _flats(rng: np.random.Generator) -> tuple[list[Patch], tuple[float, float, float]]:
    storeys, length, depth = int(rng.integers(3, 9)), rng.uniform(9, 20), rng.uniform(9, 14)
    height = 3.1 * storeys + 1
    body = [Section(y, depth / 2, -length / 2, length / 2) for y in (0, height)]
    patches = loft(body, "wall", lid="roof")
    faces = walls(*body)
    fill = (rng.uniform(0.35, 0.6), rng.uniform(0.4, 0.55))
    has_shops = rng.random() < 0.45
    balconies = rng.random() < 0.6
    low = 3.4 / height
    for side in _SEEN:
        extent = depth if side == "rear" else length
        bays = max(int(extent / rng.uniform(2.6, 3.6)), 2)
        if rng.random() < 0.4:
            patches.append(rectangles(faces[side], [(0, 0, 1, low * 0.95)], "plinth"))
        if balconies and side != "rear":
            slabs = grid(1, storeys - 1, low=low, high=0.97, fill=(0.94, 0.34))
            shifted = [
                (a, b - 0.3 * 3.1 / height, c, d - 0.3 * 3.1 / height) for a, b, c, d in slabs
            ]
            patches.append(rectangles(faces[side], shifted, "trim"))
        boxes = grid(bays, storeys - 1, low=low, high=0.97, fill=fill)
        patches += openings(rng, faces[side], boxes, lit=0.3)
        if has_shops:
            patches += shops(rng, faces[side], max(bays // 2, 1), low)
        else:
            ground = grid(bays, 1, low=0.02, high=low, fill=(0.5, 0.55))
            patches += openings(rng, faces[side], ground, lit=0.2)
    patches += roof_clutter(rng, depth, length, height)
    return patches, (depth, length, height)


def _shophouse(rng: np.random.Generator) -> tuple[list[Patch], tuple[float, float, float]]:
    storeys, length, depth = int(rng.integers(1, 4)), rng.uniform(5, 11), rng.uniform(6, 10)
    height = 3.3 * storeys + rng.uniform(0.3, 1.2)
    body = [Section(y, depth / 2, -length / 2, length / 2) for y in (0, height)]
    patches, faces = loft(body, "wall", lid="roof"), walls(*body)
    for side in _SEEN:
        extent = depth if side == "rear" else length
        bays = max(round(extent / 2.8), 1)
        patches += shops(rng, faces[side], bays, 3.4 / height)
        if storeys > 1:
            boxes = grid(bays, storeys - 1, low=3.5 / height, high=0.95, fill=(0.5, 0.5))
            patches += openings(rng, faces[side], boxes, lit=0.35)
            if rng.random() < 0.35:
                poster = (0.1, 4.0 / height, rng.uniform(0.5, 0.9), min(6.2 / height, 0.98))
                patches.append(rectangles(faces[side], [poster], "sign2", label=ROADSIDE))
    if rng.random() < 0.7:
        half = depth / 2 + 1.1
        patches += block((-half, half), (2.55, 2.75), (-length / 2, length / 2), "awning")
    patches += roof_clutter(rng, depth, length, height)
    return patches, (depth, length, height)


def _office(rng: np.random.Generator) -> tuple[list[Patch], tuple[float, float, float]]:
    storeys, length, depth = int(rng.integers(6, 16)), rng.uniform(14, 26), rng.uniform(14, 20)
    height = 3.7 * storeys
    body = [Section(y, depth / 2, -length / 2, length / 2) for y in (0, height)]
    patches, faces = loft(body, "wall", lid="roof"), walls(*body)
    ribbons = rng.random() < 0.5
    for side in _SEEN:
        extent = depth if side == "rear" else length
        columns = 2 if ribbons else int(extent / 2.2)
        fill = (0.97, 0.55) if ribbons else (0.8, 0.82)
        boxes = grid(columns, storeys - 1, low=4.5 / height, high=0.99, fill=fill)
        patches += openings(rng, faces[side], boxes, lit=0.4)
        lobby = grid(int(extent / 4), 1, low=0, high=4.3 / height, fill=(0.85, 0.85))
        patches += openings(rng, faces[side], lobby, lit=0.6)
    return patches, (depth, length, height)


def _house(rng: np.random.Generator) -> tuple[list[Patch], tuple[float, float, float]]:
    storeys, length, depth = int(rng.integers(1, 3)), rng.uniform(7, 12), rng.uniform(7, 10)
    height = 2.9 * storeys
    body = [Section(y, depth / 2, -length / 2, length / 2) for y in (0, height)]
    faces = walls(*body)
    eaves = 0.4
    pitch = [
        Section(height - 0.1, depth / 2 + eaves, -length / 2 - eaves, length / 2 + eaves),
        Section(height + 0.3 * depth, 0.05, -length / 2 * rng.uniform(0.4, 1.05), length / 2),
    ]
    patches = loft(body, "wall")
    for side in _SEEN:
        extent = depth if side == "rear" else length
        boxes = grid(max(int(extent / 2.8), 2), storeys, low=0.08, high=1, fill=(0.4, 0.42))
        patches += openings(rng, faces[side], boxes, lit=0.4)
        patches.append(rectangles(faces[side], [(0.45, 0, 0.56, 2.1 / height)], "shutter"))
    patches += loft(pitch, "roof")
    if rng.random() < 0.4:
        top = height + 0.3 * depth
        patches += block((0.8, 1.5), (height, top + 0.5), (0, 0.8), "plinth")
    return patches, (depth, length, height + 0.3 * depth)


def _shed(rng: np.random.Generator) -> tuple[list[Patch], tuple[float, float, float]]:
    length, depth, height = rng.uniform(14, 28), rng.uniform(12, 18), rng.uniform(5, 8)
    body = [Section(y, depth / 2, -length / 2, length / 2) for y in (0, height)]
    patches, faces = loft(body, "wall"), walls(*body)
    for side in _SEEN:
        ribs = [(i / 16, 0.0, (i + 0.35) / 16, 1.0) for i in range(16)]
        patches.append(rectangles(faces[side], ribs, "trim"))
        gate = (0.3, 0.0, 0.5, min(4 / height, 0.8))
        patches.append(rectangles(faces[side], [gate], "shutter"))
        patches.append(rectangles(faces[side], [(0.06, 0.75, 0.26, 0.92)], "sign", label=ROADSIDE))
    ridge = [
        Section(height, depth / 2 + 0.3, -length / 2, length / 2),
        Section(height + 1.6, 0.2, -length / 2, length / 2),
    ]
    patches += loft(ridge, "roof")
    return patches, (depth, length, height + 1.6)


_KINDS: Mapping[
    str, Callable[[np.random.Generator], tuple[list[Patch], tuple[float, float, float]]]
] = {
    "flats": _flats,
    "shophouse": _shophouse,
    "office": _office,
    "house": _house,
    "shed": _shed,
}


@cache
def _design(kind: str, number: int) -> tuple[Mesh, tuple[float, float, float]]:
    rng = np.random.default_rng([list(_KINDS).index(kind), number])
    patches, size = _KINDS[kind](rng)
    return assemble(patches), size


def building(
    rng: np.random.Generator, kind: str, *, side: int, frontage: float, z: float, dark: bool
) -> Thing:
    """A building whose wall stands at a lateral and which begins at a distance.

    Args:
        rng: Chooses design and colours.
        kind: ``flats``, ``shophouse``, ``office``, ``house`` or ``shed``.
        side: 0 is left of the road, 1 right.
        frontage: Lateral of the wall towards the road.
        z: Distance of its nearest corner.
        dark: Whether windows are lit.
    """
    mesh, (depth, length, height) = _design(kind, int(rng.integers(_DESIGNS)))
    wall = pick(rng, _PLASTER)
    tint = rng.uniform(0.82, 1.06)
    glass = pick(rng, _GLASS_BY_DAY)
    palette: dict[str, Colour] = {
        "wall": (wall[0] * tint, wall[1] * tint, wall[2] * tint),
        "plinth": pick(rng, _PLASTER),
        "trim": pick(rng, _PLASTER),
        "roof": pick(rng, _ROOFS),
        "tank": (30, 32, 34),
        "window": glass if not dark else (26, 28, 36),
        "lit": pick(rng, _GLASS_LIT) if dark else glass,
        "shutter": pick(rng, _SHUTTERS),
        "shutter2": pick(rng, _SHUTTERS),
        "goods": pick(rng, _SIGNS),
        "sign": pick(rng, _SIGNS),
        "sign2": pick(rng, _SIGNS),
        "sign3": pick(rng, _SIGNS),
        "letters": pick(rng, ((244, 240, 230), (240, 214, 80), (30, 30, 34))),
        "awning": pick(rng, _SIGNS),
    }
    lateral = frontage + (depth / 2 if side else -depth / 2)
    return Thing(
        Spot(lateral, z + length / 2),
        partial(_draw, mesh=mesh, palette=palette),
        half_width=depth / 2,
        half_length=length / 2,
        height=height,
        frontage=True,
    )


def _draw(stage: Stage, spot: Spot, *, mesh: Mesh, palette: Mapping[str, Colour]) -> None:
    stage.paint(mesh, spot, palette=palette, label=FAR)
