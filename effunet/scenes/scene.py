"""From a seed to a picture and its mask."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .canvas import SUPERSAMPLING, Canvas
from .dice import pick_weighted
from .ground import paint_ground
from .layout import Layout
from .lens import Sensor, choose_sensor, develop, paint_bonnet
from .light import Light, choose_light
from .places import PLACE_ODDS, PLACES
from .sky import paint_backdrop, paint_sky
from .stage import Stage, Thing, cast_shadows, lamp_light
from .street import Street, lay_street
from .view import Camera, Course, View

_STRIDE = 9.0  # metres driven between two frames
_SECONDS = 1.0  # and the time that takes
_LAMPS_FROM = 0.2  # darkness from which lamps and windows are lit
_REACH = 160.0  # metres of road that are painted
_BONNETS = 0.12  # share of the cameras that see their own car
_HIGH_CARS = 0.1  # share of the cameras that ride in a lorry or bus
_OVERHANG = 3.5  # metres that a crown, an arm or a board reaches beyond its foot
_SHADOW_REACH = 6.0  # metres around a thing where its shadow may be seen


@dataclass(frozen=True)
class Rig:
    """How the camera is mounted, whatever the size of its pictures."""

    opening: float
    """Horizontal field of view in radians."""
    column: float
    """Share of the width at which it looks ahead."""
    horizon: float
    """Share of the height at which the horizon lies."""
    height: float
    """Metres above the road."""

    def camera(self, size: tuple[int, int]) -> Camera:
        """The camera for pictures of a height and width, in canvas pixels."""
        height, width = (SUPERSAMPLING * side for side in size)
        focal = width / 2 / math.tan(self.opening / 2)
        return Camera(focal, width * self.column, height * self.horizon, self.height)


@dataclass(frozen=True)
class World:
    """All that a seed decides, before anything is painted."""

    seed: int
    light: Light
    street: Street
    course: Course
    rig: Rig
    sensor: Sensor
    things: tuple[Thing, ...]
    backdrop: str
    bonnet: bool

    def driven(self, frame: int) -> "World":
        """The same world some frames later."""
        metres = frame * _STRIDE
        things = tuple(thing.after(frame * _SECONDS, driven=metres) for thing in self.things)
        return replace(self, street=self.street.driven(metres), things=things)


def paint_scene(
    seed: int, *, size: tuple[int, int] = (227, 320), frame: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Paint the view of a dash camera.

    The same seed is the same place, weather and traffic at every size; the next frames of a seed
    are the same drive a second later each.

    Args:
        seed: Which scene; not negative.
        size: Height and width in pixels.
        frame: Which picture of the drive.

    Returns:
        The image, ``(h, w, 3)`` RGB, and its mask, ``(h, w)`` IDD-Lite ids with 255 for void.
    """
    return paint(imagine(seed), size=size, frame=frame)


def imagine(seed: int) -> World:
    """Draw everything about a scene that is not a matter of pixels."""
    rng, details = np.random.default_rng(seed).spawn(2)
    light = choose_light(rng)
    place = PLACES[pick_weighted(rng, PLACE_ODDS)]
    street = lay_street(rng, place)
    course = _choose_course(rng, street)
    layout = Layout(
        details,
        place,
        street,
        lateral=course.lateral,
        dark=light.darkness > _LAMPS_FROM,
        rainy=light.rain > 0,
    )
    return World(
        seed=seed,
        light=light,
        street=street,
        course=course,
        rig=_choose_rig(rng),
        sensor=choose_sensor(rng, light),
        things=tuple(layout.things()),
        backdrop=pick_weighted(rng, place.backdrop),
        bonnet=rng.random() < _BONNETS,
    )


def paint(
    world: World, *, size: tuple[int, int], frame: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Image and mask of a world, as :func:`paint_scene` gives them."""
    world = world.driven(frame)
    light, view = world.light, View(world.rig.camera(size), world.course)
    canvas = Canvas.blank(*(SUPERSAMPLING * side for side in size))
    stage = Stage(canvas, view, light)
    clouds, skyline, ground, bonnet = np.random.default_rng([world.seed, 0]).spawn(4)
    paint_sky(canvas, view.camera, light, clouds)
    foot, _ = view.rows_to_metres(canvas.owner.shape[0])
    paint_backdrop(canvas, view.camera, foot, world.backdrop, skyline)

    near = [thing for thing in world.things if thing.within(view, around=_SHADOW_REACH)]
    shown = [thing for thing in near if thing.within(view, around=_OVERHANG)]
    shown.sort(key=lambda thing: thing.order, reverse=True)
    crest = view.course.crest(view.camera.height)
    beyond = [thing for thing in shown if thing.spot.z - thing.half_length > crest]
    for thing in beyond:
        thing.draw(stage, thing.spot)
    shadow = cast_shadows(stage, near, size)
    rows = paint_ground(canvas, view, world.street, light, shadow, ground)
    for thing in shown[len(beyond) :]:
        thing.draw(stage, thing.spot)
    if world.bonnet:
        paint_bonnet(canvas, light, bonnet)

    image = develop(
        canvas,
        view.camera,
        light,
        world.sensor,
        rows=rows,
        lamplight=lamp_light(stage, near, size),
        rng=np.random.default_rng([world.seed, 1, frame]),
    )
    return image, np.array(canvas.labels, dtype=np.uint8)[canvas.owners()]


def _choose_rig(rng: np.random.Generator) -> Rig:
    high = rng.random() < _HIGH_CARS
    return Rig(
        opening=math.radians(rng.uniform(56, 82)),
        column=0.5 + rng.normal(0, 0.02),
        horizon=float(np.clip(rng.normal(0.46, 0.045), 0.34, 0.58)),
        height=rng.uniform(2.0, 2.6) if high else rng.uniform(1.2, 1.65),
    )


def _choose_course(rng: np.random.Generator, street: Street) -> Course:
    """One of the left lanes, and how the road bends from there."""
    lane = int(rng.integers(street.lanes[0]))
    winding = rng.random() < 0.55
    return Course(
        lateral=rng.normal(0, 0.25) - street.median / 2 - (lane + 0.5) * street.lane,
        heading=rng.normal(0, 0.02),
        curvature=rng.normal(0, 0.007 if winding else 0.0002),
        grade=rng.normal(0, 0.018),
        bend=rng.normal(0, 0.0005),
        reach=_REACH,
    )
