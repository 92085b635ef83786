"""The sky, and what stands at the end of the world before it."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from .canvas import FAR, SKY, SUPERSAMPLING, Canvas, Colour, fixed_point
from .light import Light, mix
from .textures import crop_noise, sample_noise
from .view import Camera

_CLOUD_TILE = 0.9  # clouds in a tile at the zenith: a matter of looks


def paint_sky(canvas: Canvas, camera: Camera, light: Light, rng: np.random.Generator) -> None:
    """Fill the whole canvas with sky."""
    height, width, _ = canvas.colour.shape
    small = (height // (2 * SUPERSAMPLING) + 1, width // (2 * SUPERSAMPLING) + 1)
    rows = (np.arange(small[0], dtype=np.float32) + 0.5) * (height / small[0])
    columns = (np.arange(small[1], dtype=np.float32) + 0.5) * (width / small[1])
    up = (camera.horizon - rows) / camera.focal
    right = (columns - camera.column) / camera.focal
    climb = np.clip(up / 0.55, 0, 1)[:, None, None] ** 0.7
    rim, zenith = (np.array(c, dtype=np.float32) for c in (light.rim, light.zenith))
    sky = np.broadcast_to(rim + climb * (zenith - rim), (*small, 3)).copy()
    _add_clouds(sky, up, right, light, rng)
    _add_sun(sky, up, right, light)
    if light.darkness > 0.5:  # night
        stars = crop_noise(0.0, small, rng)
        sky[(stars > 3.1) & (up > 0.1)[:, None]] += 90  # about one in a thousand
    cv2.resize(
        np.clip(sky, 0, 255).astype(np.uint8),
        (width, height),
        canvas.colour,
        interpolation=cv2.INTER_LINEAR,
    )
    canvas.owner[:] = canvas.new_owner(SKY, 0.0, emission=1.0)


def _add_clouds(
    sky: NDArray[np.float32],
    up: NDArray[np.float32],
    right: NDArray[np.float32],
    light: Light,
    rng: np.random.Generator,
) -> None:
    """Clouds lie in a plane overhead: they crowd and flatten towards the horizon."""
    reach = 1 / (np.maximum(up, 0) + 0.12)
    drift = rng.uniform(0, 512, size=2).astype(np.float32)
    x = right[None] * reach[:, None] * (60 * _CLOUD_TILE) + drift[0]
    y = np.broadcast_to((reach * (60 * _CLOUD_TILE) + drift[1])[:, None], x.shape).astype(
        np.float32
    )
    variant = int(rng.integers(3))
    noise = sample_noise(1.7, x, y, variant=variant)
    body = sample_noise(1.7, x + 5, y + 7, variant=variant) - noise
    threshold = 1.6 - 3.2 * light.clouds
    cover = np.clip((noise - threshold) / 0.9, 0, 1)[..., None] * 0.92
    cover *= np.clip(up * 12, 0, 1)[:, None, None]  # the rim dissolves in haze
    bright = np.array(mix(light.rim, (255, 255, 255), 0.55 * (1 - light.darkness) - 0.1))
    dark = np.array(mix(light.zenith, light.rim, 0.45)) * 0.94
    tone = np.clip(0.62 + 1.3 * body - 0.12 * noise, 0, 1)[..., None]
    sky += cover * (dark + tone * (bright - dark) - sky).astype(np.float32)


def _add_sun(
    sky: NDArray[np.float32], up: NDArray[np.float32], right: NDArray[np.float32], light: Light
) -> None:
    """A disc in its glow, where the sun is in the picture."""
    if not light.casts_shadows or math.cos(light.azimuth) < 0.3:  # far outside
        return
    x = math.tan(light.azimuth) - right[None]
    y = math.tan(light.altitude) / math.cos(light.azimuth) - up[:, None]
    away = np.sqrt(x * x + y * y)[..., None]
    strength = (0.75 - 0.5 * light.clouds) * np.exp(-away / 0.16) + 1.2 * (away < 0.035)
    sun = np.array(mix(light.rim, (255, 246, 226), 0.7), dtype=np.float32)
    sky += np.clip(strength, 0, 1) * (sun - sky)


def paint_backdrop(
    canvas: Canvas, camera: Camera, foot: float, kind: str, rng: np.random.Generator
) -> None:
    """Hills, woods or a town where the ground ends.

    Args:
        canvas: Painted with sky so far.
        camera: Gives the size of things.
        foot: Canvas row in which the ground ends.
        kind: ``hills``, ``woods`` or ``town``; the nearer layers follow the kind.
        rng: Decides the outlines.
    """
    width = canvas.colour.shape[1]
    ahead = camera.focal / 260
    woods: Colour = (66 + rng.uniform(-8, 16), 88 + rng.uniform(-10, 10), 58)
    if kind == "hills" or rng.random() < 0.3:  # sometimes hills behind a town too
        ridge = _ridge(width, rng, wave=rng.uniform(0.25, 0.6))
        height = rng.uniform(8, 34)
        _silhouette(canvas, foot, ahead * height * ridge, (92, 104, 96), 900)
    if kind == "town":
        for distance, shade in ((420, 118), (300, 100)):
            towers = _towers(width, camera.focal * 12 / distance, rng)
            grey = shade + rng.uniform(-14, 14)
            colour = (grey + rng.uniform(-8, 14), grey, grey + rng.uniform(-10, 10))
            _silhouette(canvas, foot, towers * (camera.focal / distance), colour, distance)
    crowns = 3 + 1.6 * _ridge(width, rng, wave=0.08) + 0.7 * crop_noise(0.5, (1, width), rng)[0]
    _silhouette(canvas, foot, ahead * rng.uniform(0.6, 1.6) * crowns, woods, 260)


def _silhouette(
    canvas: Canvas, foot: float, heights: NDArray[np.float32], colour: Colour, distance: float
) -> None:
    columns = np.arange(heights.size)
    tops = np.stack((columns, foot - np.maximum(heights, 0)), axis=-1)
    ends = np.array([[heights.size, foot + 3], [0, foot + 3]])
    outline = np.concatenate((tops, ends))[None]
    canvas.fill(fixed_point(outline), colour, canvas.new_owner(FAR, distance))


def _ridge(width: int, rng: np.random.Generator, *, wave: float) -> NDArray[np.float32]:
    """A wavy outline between about 0 and 2; ``wave`` is a wave's share of the width."""
    steps = np.linspace(0, 16 / wave, width, dtype=np.float32) + np.float32(rng.uniform(0, 512))
    row = np.full_like(steps, rng.uniform(0, 512))
    noise = sample_noise(2.0, steps[None], row[None])[0]
    heights: NDArray[np.float32] = np.maximum(1 + 0.6 * noise, 0)
    return heights


def _towers(width: int, breadth: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Heights in metres of a row of distant buildings."""
    count = int(width / breadth) + 2
    storeys = rng.gamma(2.0, 5.0, size=count) + 5
    return np.repeat(storeys, int(breadth) + 1)[:width].astype(np.float32)
