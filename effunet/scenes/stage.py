"""What stands in a scene, and how it gets onto the canvas."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .canvas import SUPERSAMPLING, Canvas, Colour, fixed_point
from .light import Light
from .mesh import Mesh
from .view import Spot, View

Palette = Mapping[str, Colour]

_SUNLIT, _SHADED = 255, 120  # light on the ground in the sun and in a shadow
_TOO_NEAR = 1.5  # metres: what begins nearer is beside the camera
_HIGHEST_SHADOW = 12.0  # metres: those of towers would leave nothing lit
_UNDER_THINGS = 80  # light on the ground right beneath a thing


@dataclass(frozen=True)
class Stage:
    """Canvas, view and light of one picture."""

    canvas: Canvas
    view: View
    light: Light

    def paint(self, mesh: Mesh, spot: Spot, *, palette: Palette, label: int) -> None:
        """Paint a shape that stands at a spot."""
        points = self.view.camera.project(self.view.locate(mesh.vertices, spot))
        nearest = mesh.finest * (max(spot.z, 1.0) / (spot.scale * self.view.camera.focal))
        shown = (_faces_camera(mesh, points) | mesh.two_sided) & (mesh.breadths > nearest)
        fixed = fixed_point(points)
        colours = self._colours(mesh, spot, palette)
        owners: dict[tuple[int, float], int] = {}
        for index in np.flatnonzero(shown).tolist():
            patch = mesh.patches[index]
            count, corners, _ = patch.polygons.shape
            start = mesh.starts[index]
            polygons = fixed[start : start + count * corners].reshape(count, corners, 2)
            owner = None
            if patch.solid or patch.emission:
                key = (label if patch.label is None else patch.label, patch.emission)
                if key not in owners:
                    owners[key] = self.canvas.new_owner(key[0], spot.z, emission=key[1])
                owner = owners[key]
            self.canvas.fill(polygons, colours[index], owner)

    def _colours(self, mesh: Mesh, spot: Spot, palette: Palette) -> list[Colour]:
        """Colour of each patch in this light; lamps keep their own."""
        base = np.array([palette[name] for name in mesh.materials], dtype=np.float32)[mesh.material]
        lit = np.minimum(base * self.light.shade(mesh.normals, spot.yaw), 255)
        # By day a lamp is hardly brighter than what is around it.
        own = mesh.emissions[:, None] * (0.15 + 0.85 * min(2 * self.light.darkness, 1))
        colours: list[Colour] = (lit + own * (base - lit)).tolist()
        return colours


def _faces_camera(mesh: Mesh, points: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether the first polygon of each patch is anticlockwise in the picture."""
    first = points[mesh.starts]
    rising = points[mesh.starts + 2] - first
    falling = points[mesh.ends] - points[mesh.starts + 1]
    turning: NDArray[np.float32] = rising[:, 0] * falling[:, 1] - rising[:, 1] * falling[:, 0]
    return turning < 0


@dataclass(frozen=True)
class Thing:
    """Something that stands on the ground, of a known size."""

    spot: Spot
    draw: Callable[[Stage, Spot], None]
    half_width: float
    """Half of its extent across the road in metres."""
    half_length: float
    """Half of its extent along the road."""
    height: float
    speed: float = 0.0
    """Metres a second along the road."""
    frontage: bool = False
    """Whether it lines the street from outside, and so stands behind all that is beside it."""
    round: bool = False
    """Whether its shadow is a disc."""
    lamp: bool = False
    """Whether it lights the ground around it at night."""
    sails: bool = False
    """Whether it accompanies the camera."""
    overhead: bool = False
    """Whether it has no foot that would darken the ground."""

    def after(self, seconds: float, *, driven: float) -> "Thing":
        """The thing some seconds later, from a camera that has driven on."""
        way = self.speed * seconds - driven
        return self if self.sails or not way else self.moved(way)

    def moved(self, ahead: float) -> "Thing":
        """The thing some metres farther along."""
        return replace(self, spot=replace(self.spot, z=self.spot.z + ahead))

    def within(self, view: View, *, around: float = 0.0) -> bool:
        """Whether any of it, or of the ground some metres around it, may be seen."""
        nearest = self.order if self.frontage else self.spot.z - self.half_length
        return nearest > _TOO_NEAR and view.holds(
            self.spot, half_width=self.half_width + around, half_length=self.half_length
        )

    @property
    def order(self) -> float:
        """Greater is painted earlier."""
        return self.spot.z + (self.half_length if self.frontage else -self.half_length)


_SHADOWS_TO = 65.0  # metres: farther ones are a pixel high


def cast_shadows(
    stage: Stage, things: Sequence[Thing], shape: tuple[int, int]
) -> NDArray[np.uint8]:
    """``(h, w)`` of the picture: how much light reaches the ground, of 255."""
    shadow = np.full(shape, _SUNLIT, dtype=np.uint8)
    near = [
        thing
        for thing in things
        if thing.spot.z - thing.half_length < _SHADOWS_TO and not thing.sails
    ]
    if stage.light.casts_shadows:
        run = np.array(stage.light.shadow_run(), dtype=np.float32)
        _fill_ground(shadow, stage.view, [_cast(thing, run) for thing in near], _SHADED)
    feet = [_foot(thing) for thing in near if not thing.overhead and not thing.round]
    _fill_ground(shadow, stage.view, feet, _UNDER_THINGS)
    return np.asarray(cv2.GaussianBlur(shadow, (0, 0), 0.004 * shape[1]), dtype=np.uint8)


def _cast(thing: Thing, run: NDArray[np.float32]) -> NDArray[np.float32]:
    """Corners whose hull is the shadow of a thing, or of the crown of a tree."""
    reach = run * min(thing.height, _HIGHEST_SHADOW)
    first, last = (0.35, 0.7) if thing.round else (0.0, 1.0)
    foot = _foot(thing)
    return np.concatenate((foot + first * reach, foot + last * reach))


_CIRCLE = np.linspace(0, 2 * np.pi, 12, endpoint=False, dtype=np.float32)
_DISC = np.stack((np.cos(_CIRCLE), np.sin(_CIRCLE)), axis=-1).astype(np.float32)
_SQUARE = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float32)


def _foot(thing: Thing) -> NDArray[np.float32]:
    """``(corners, 2)`` lateral and z of what a thing covers of the ground."""
    centre = np.array((thing.spot.lateral, thing.spot.z), dtype=np.float32)
    if thing.round:
        return centre + _DISC * np.float32(thing.half_width)
    return centre + _SQUARE * np.array((thing.half_width, thing.half_length), dtype=np.float32)


def lamp_light(stage: Stage, things: Sequence[Thing], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """``(h, w)`` of the picture: light of the street lamps on the ground at night, of 255."""
    pools = np.zeros(shape, dtype=np.uint8)
    lamps = [thing.spot for thing in things if thing.lamp and stage.light.darkness]
    for radius, value in ((8.0, 90), (5.0, 200)):
        rings = [
            np.array((spot.lateral, spot.z), dtype=np.float32) + np.float32(radius) * _DISC
            for spot in lamps
        ]
        _fill_ground(pools, stage.view, rings, value)
    return np.asarray(cv2.blur(pools, (int(0.04 * shape[1]) | 1, int(0.012 * shape[1]) | 1)))


def _fill_ground(
    layer: NDArray[np.uint8], view: View, outlines: Sequence[NDArray[np.float32]], value: int
) -> None:
    """Fill the hulls of corners on the ground, given as lateral and z."""
    if not outlines:
        return
    corners = np.concatenate(outlines)
    points = view.ground(corners[:, 0], np.maximum(corners[:, 1], _TOO_NEAR)) / SUPERSAMPLING
    pixels = np.clip(points, -1e4, 1e4).astype(np.int32)
    start = 0
    for outline in outlines:
        hull = cv2.convexHull(pixels[start : start + len(outline)])
        cv2.fillConvexPoly(layer, hull, (value,))
        start += len(outline)
