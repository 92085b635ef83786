"""From the painted canvas to a photograph: night, haze, wet roads, rain, glare, blur and noise.

Pictures are planar here, ``(3, h, w)``, so that what acts on all colours alike is one ``(h, w)``.
"""

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .canvas import SKY, Canvas, Colour, fixed_point, void_owner
from .light import Light, mix
from .textures import TILE, crop_noise, noise_tile
from .view import Camera

Plane = NDArray[np.float32]
"""``(3, h, w)`` colours, or ``(h, w)`` of something else."""

_REFERENCE_WIDTH = 320  # pixels for which blurs and streaks are given
_GRIME = np.float32(0.05)
_FARTHEST = 400.0  # metres to the horizon, where a row shows no ground


@dataclass(frozen=True)
class Sensor:
    """What is peculiar to a camera and its lens."""

    softness: float
    """Radius of its blur, in pixels of a picture 320 wide."""
    falloff: float
    """Share of the light that is missing in the corners."""
    balance: tuple[float, float, float]
    """Gain of red, green and blue."""
    lift: float
    """Grey levels added to black."""
    noise: float
    """Deviation of its noise in grey levels."""


def choose_sensor(rng: np.random.Generator, light: Light) -> Sensor:
    """A camera, set for this light, behind a more or less clean wind screen."""
    contrast = rng.normal(1.06, 0.07)
    red, green, blue = contrast * rng.normal(1.0, 0.03, size=3) * rng.normal(1.0, 0.07)
    against = max(math.cos(light.azimuth), 0) * math.cos(light.altitude) * max(light.sunlight)
    return Sensor(
        softness=rng.uniform(0.25, 0.8),
        falloff=rng.uniform(0.02, 0.2),
        balance=(red, green, blue),
        lift=118 * (1 - contrast) + rng.normal(0, 4) + rng.uniform(0, 22) * against,
        noise=light.noise,
    )


@dataclass(frozen=True)
class Exposure:
    """What is known of the picture's pixels beside their colour."""

    distance: Plane
    """Metres."""
    emission: Plane
    """Own light from 0 to 1."""
    sky: NDArray[np.bool_]
    ground: NDArray[np.bool_]
    lamplight: NDArray[np.uint8]
    """Light of street lamps on the ground, of 255."""
    first: int
    """First row with ground."""


def develop(
    canvas: Canvas,
    camera: Camera,
    light: Light,
    sensor: Sensor,
    *,
    rows: tuple[int, Plane],
    lamplight: NDArray[np.uint8],
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """The picture that the camera takes of a painted canvas.

    Args:
        canvas: Everything has been painted.
        camera: In canvas pixels.
        light: Weather and light.
        sensor: What the camera is like.
        rows: First row of ground in the picture, and the distance of each of its rows from there.
        lamplight: Street lamps' light on the ground, ``(h, w)`` of the picture.
        rng: Draws everything that changes from frame to frame.

    Returns:
        ``(h, w, 3)`` RGB.
    """
    owners = canvas.owners()
    height, width = owners.shape
    painted = cv2.resize(canvas.colour, (width, height), interpolation=cv2.INTER_AREA)
    exposure = _expose(canvas, owners, rows, lamplight)
    picture = np.ascontiguousarray(painted.transpose(2, 0, 1), dtype=np.float32)
    _weather(picture, exposure)
    if light.darkness:
        _night(picture, exposure, camera, light)
    thin = np.exp(exposure.distance * np.float32(-light.haze))
    veil = np.array(light.rim, dtype=np.float32)[:, None, None]
    picture = veil + thin * (picture - veil)
    if light.wetness:
        _wet(picture, exposure, light)
    if light.darkness or light.rain:
        _bloom(picture, exposure, light)
    if light.rain:
        _rain(picture, light, rng)
    return _sense(picture, sensor, rng)


def _expose(
    canvas: Canvas,
    owners: NDArray[np.uint16],
    rows: tuple[int, Plane],
    lamplight: NDArray[np.uint8],
) -> Exposure:
    first, z = rows
    by_row = np.full((owners.shape[0], 1), _FARTHEST, dtype=np.float32)
    by_row[first : first + len(z), 0] = z
    distance = np.take(np.array(canvas.distances, dtype=np.float32), owners)
    ground = np.isnan(distance)
    return Exposure(
        distance=np.where(ground, by_row, distance),
        emission=np.take(np.array(canvas.emissions, dtype=np.float32), owners),
        sky=np.take(np.array(canvas.labels, dtype=np.uint8) == SKY, owners),
        ground=ground,
        lamplight=lamplight * ground,
        first=first,
    )


def _weather(picture: Plane, exposure: Exposure) -> None:
    """Grime on everything but the sky: no wall is of one tone."""
    still = np.random.default_rng(exposure.first)
    picture *= 1 + crop_noise(0.9, exposure.sky.shape, still) * (_GRIME * ~exposure.sky)


def _night(picture: Plane, exposure: Exposure, camera: Camera, light: Light) -> None:
    """Moonlight, street lamps, and the camera's own head lamps."""
    height, width = exposure.distance.shape
    u = (np.arange(width, dtype=np.float32) / width - 0.5)[None]
    horizon = camera.horizon / (2 * height)
    above = np.minimum(np.arange(height, dtype=np.float32)[:, None] / height - horizon, 0)
    spread = np.exp(-((u / 0.42) ** 2)) * np.exp(-((above / 0.10) ** 2))
    beam = (1.5 * light.darkness**2) * spread / (1 + (exposure.distance / 16) ** 2)
    lamps = exposure.lamplight * np.float32(0.8 / 255 * light.darkness)
    base = 1 - 0.82 * light.darkness
    tints = ((0.92, 1.0, 1.0), (0.95, 0.96, 0.82), (1.12, 0.84, 0.55))  # of moon, beam and lamps
    for plane, (moon, white, amber) in zip(picture, tints, strict=True):
        factor = base * moon + white * beam + amber * lamps
        plane *= (factor + exposure.emission * (1 - factor)).astype(np.float32)


def _wet(picture: Plane, exposure: Exposure, light: Light) -> None:
    """The road mirrors what stands above it, drawn out downwards."""
    height, _ = exposure.distance.shape
    first = exposure.first
    rows = np.arange(first, height)
    above = np.clip(2 * first - rows, 0, height - 1)
    ground = exposure.ground[first:]
    steep = np.exp(-(rows - first) / (0.30 * height)).astype(np.float32)[:, None]
    ripple = crop_noise(1.2, ground.shape, np.random.default_rng(first))
    share = np.clip(light.wetness * 0.6 * steep * (1 + 0.25 * ripple), 0, 0.85) * ground
    picture[:, first:] *= 1 - np.float32(0.22 * light.wetness) * ground
    for plane in picture:
        mirror = cv2.blur(plane[above], (3, max(height // 14, 1)))
        plane[first:] += share * (mirror - plane[first:])


def _bloom(picture: Plane, exposure: Exposure, light: Light) -> None:
    """Lamps shine beyond their outline."""
    height, width = exposure.distance.shape
    # A window is bright, a lamp dazzles: the cube keeps wide soft lights from flooding all.
    source = np.where(exposure.sky, np.float32(0), exposure.emission**3)
    strength = np.float32(1.5 * light.darkness + 0.4 * light.rain)
    for plane in picture:
        small = cv2.resize(
            plane * source, (width // 4 + 1, height // 4 + 1), interpolation=cv2.INTER_AREA
        )
        near = cv2.GaussianBlur(small, (0, 0), 0.004 * width)
        wide = cv2.GaussianBlur(small, (0, 0), 0.018 * width)
        glow = cv2.resize(near + 0.9 * wide, (width, height), interpolation=cv2.INTER_LINEAR)
        plane += strength * glow


def _rain(picture: Plane, light: Light, rng: np.random.Generator) -> None:
    """Streaks in the air, and drops on the wind screen that blur what is behind them."""
    _, height, width = picture.shape
    unit = width / _REFERENCE_WIDTH
    length = max(int(13 * unit), 3)
    kernel = np.zeros((length, length), dtype=np.float32)
    cv2.line(kernel, (int(length * rng.uniform(0.35, 0.65)), 0), (length // 2, length - 1), (1.0,))
    sparks = (crop_noise(0.0, (height, width), rng) > 2.7).astype(np.float32)
    streaks = cv2.filter2D(sparks, -1, kernel * (2.2 / length))
    drops = np.zeros((height, width), dtype=np.uint8)
    for _ in range(int(rng.integers(6, 26))):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        axes = (int(rng.uniform(1.5, 5) * unit) + 1, int(rng.uniform(1.5, 6) * unit) + 1)
        cv2.ellipse(drops, centre, axes, 0, 0, 360, (230,), -1)
    share = cv2.blur(drops, (3, 3)).astype(np.float32) / 255
    broad = int(15 * unit) | 1
    for plane, veil in zip(picture, light.rim, strict=True):
        plane += streaks * np.float32(0.35 * (veil - 20))
        blurred = cv2.blur(plane, (broad, broad))
        plane += share * (0.45 * blurred[::-1] + 0.55 * blurred - plane)


@cache
def _sensor_noise() -> Plane:
    """``(3, TILE, TILE)``: grain common to all colours, and the blotches of each."""
    colours = np.stack([noise_tile(0.5, variant) for variant in range(3)])
    return noise_tile(0.0) + np.float32(0.45) * colours


def _sense(picture: Plane, sensor: Sensor, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Lens and sensor: softness, vignette, exposure, white balance, contrast, noise."""
    _, height, width = picture.shape
    softness = sensor.softness * width / _REFERENCE_WIDTH
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    corners = 1 - np.float32(sensor.falloff) * (x * x + y * y)
    exposure = rng.normal(1.0, 0.02)  # it breathes from frame to frame
    top, left = (int(start) for start in rng.integers(TILE, size=2))
    rows = np.arange(top, top + height) % TILE
    columns = np.arange(left, left + width) % TILE
    noise = _sensor_noise().take(rows, axis=1).take(columns, axis=2)
    developed = np.empty((height, width, 3), dtype=np.uint8)
    for channel, plane in enumerate(picture):
        soft = cv2.GaussianBlur(plane, (0, 0), softness)
        soft *= corners * np.float32(exposure * sensor.balance[channel])
        soft += np.float32(sensor.noise) * noise[channel] + np.float32(sensor.lift)
        developed[..., channel] = np.clip(soft, 0, 255)
    return developed


def paint_bonnet(canvas: Canvas, light: Light, rng: np.random.Generator) -> None:
    """The camera's own bonnet at the lower edge; nothing is learnt from it."""
    height, width = canvas.owner.shape
    rise = rng.uniform(0.03, 0.09) * height
    x = np.linspace(-0.05, 1.05, 24)
    top = height - rise * (1 - (2 * x - 1) ** 2 * rng.uniform(0.4, 0.8))
    arc = np.stack((x * width, top), axis=-1)
    corners = np.array([[width * 1.05, height + 9], [-9, height + 9]])
    grey = rng.uniform(22, 120)
    paint: Colour = mix((grey, grey, grey * 1.03), light.zenith, 0.25)
    canvas.fill(fixed_point(np.concatenate((arc, corners))[None]), paint, void_owner(canvas))
    arc[:, 1] += 0.25 * rise
    shade = mix(paint, (0, 0, 0), 0.35)
    canvas.fill(fixed_point(np.concatenate((arc, corners))[None]), shade)
