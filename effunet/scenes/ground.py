"""The ground: from every row's distance and every column's lateral to surface and colour."""

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from .canvas import SUPERSAMPLING, Canvas
from .light import Light
from .street import BIN, EXTENT, Street
from .surfaces import SURFACE_LABELS, Surface
from .textures import TILE, sample_noise
from .view import View

_GRAIN: dict[Surface, float] = {
    Surface.ASPHALT: 0.09,
    Surface.WHITE: 0.12,
    Surface.YELLOW: 0.12,
    Surface.SHOULDER: 0.12,
    Surface.KERB: 0.08,
    Surface.KERB_DARK: 0.08,
    Surface.PAVING: 0.07,
    Surface.JOINT: 0.07,
    Surface.GRASS: 0.20,
    Surface.EARTH: 0.15,
}
_GRAINS = np.float32(26)  # pixels of the noise tile in a metre
_BLEMISHES_TO = 45  # metres
_NEUTRAL = 128  # a factor of one, as a byte


def paint_ground(
    canvas: Canvas,
    view: View,
    street: Street,
    light: Light,
    shadow: NDArray[np.uint8],
    rng: np.random.Generator,
) -> tuple[int, NDArray[np.float32]]:
    """Paint the road and the land beside it.

    Args:
        canvas: Painted with sky and backdrop so far.
        view: Camera and course.
        street: Cross-section.
        light: Colours the surfaces.
        shadow: ``(h, w)`` of the picture: share of the light that reaches the ground, of 255.
        rng: Places the texture.

    Returns:
        The picture's first row of ground, and the distance of each of its rows from there.
    """
    height, width = canvas.owner.shape
    first, z = view.rows_to_metres(height)
    lateral = _laterals(view, z, width)
    # Looking up a table at (line, column) is what OpenCV calls remapping, and faster than indexing.
    column = lateral * np.float32(1 / BIN) + np.float32(EXTENT / BIN - 0.5)
    line = np.broadcast_to(street.states(z)[:, None], column.shape).astype(np.float32)
    surface = np.asarray(_look_up(street.table(), column, line), dtype=np.uint8)
    owners = [canvas.new_owner(SURFACE_LABELS[s], float("nan")) for s in Surface]
    canvas.owner[first:] = surface
    canvas.owner[first:] += np.uint16(owners[0])

    factor = _texture(lateral, z + street.phase, surface, rng)
    factor *= _look_up(_tracks(street), column, np.zeros_like(line))
    lit = cv2.resize(shadow, (width, height), interpolation=cv2.INTER_LINEAR)[first:]
    tone = cv2.multiply(factor, lit, scale=_NEUTRAL / 255, dtype=cv2.CV_8U)
    blemishes = _blemishes(view, street, rng, shape=(height, width))[first:]
    tone = cv2.multiply(tone, blemishes, scale=1 / _NEUTRAL)
    canvas.colour[first:] = _coloured(surface, street, light, tone)
    start = -(-first // SUPERSAMPLING)
    return start, z[start * SUPERSAMPLING - first :: SUPERSAMPLING]


def _look_up(table: MatLike, column: NDArray[np.float32], line: NDArray[np.float32]) -> MatLike:
    return cv2.remap(table, column, line, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)


def _coloured(surface: NDArray[np.uint8], street: Street, light: Light, tone: MatLike) -> MatLike:
    """Each surface's colour in this light, times a tone of which 128 stands for one."""
    shade = light.shade(np.array([[0, 1, 0]], dtype=np.float32))[0].tolist()
    channels = []
    for channel, share in enumerate(shade):
        colours = np.zeros(256, dtype=np.uint8)
        for s in Surface:
            colours[s] = min(street.colours[s][channel] * share, 255)
        channels.append(cv2.multiply(cv2.LUT(surface, colours), tone, scale=1 / _NEUTRAL))
    return cv2.merge(channels)


def _blemishes(
    view: View, street: Street, rng: np.random.Generator, *, shape: tuple[int, int]
) -> NDArray[np.uint8]:
    """``(h, w)`` of the canvas: tones of mended patches, manholes and cracks in the carriageway."""
    tones = np.full(shape, _NEUTRAL, dtype=np.uint8)
    for _ in range(int(rng.integers(0, 9))):
        x = street.edge(0) + (street.edge(1) - street.edge(0)) * rng.uniform(0.05, 0.95)
        z = rng.uniform(3, _BLEMISHES_TO) - street.phase % _BLEMISHES_TO
        outline, tone = _blemish(rng)
        ahead = (z + outline[:, 1]).astype(np.float32)
        if ahead.min() > 1:
            points = view.ground((x + outline[:, 0]).astype(np.float32), ahead)
            cv2.fillPoly(tones, [points.astype(np.int32)], (int(_NEUTRAL * tone),))
    return tones


def _blemish(rng: np.random.Generator) -> tuple[NDArray[np.float64], float]:
    """Outline ``(corners, 2)`` in metres and tone of a patch, a manhole or a crack."""
    kind, turn = rng.random(), rng.uniform(-0.2, 0.2)
    if kind < 0.5:  # patch
        long, broad = rng.uniform(0.6, 5), rng.uniform(0.4, 1.6)
        corners = np.array([(-broad, -long), (broad, -long), (broad, long), (-broad, long)]) / 2
        corners[:, 0] += turn * corners[:, 1]
        return corners, rng.uniform(0.8, 1.15)
    if kind < 0.75:  # manhole
        angle = np.linspace(0, 2 * np.pi, 10, endpoint=False)
        return np.stack((np.cos(angle), np.sin(angle)), axis=-1) * rng.uniform(0.3, 0.8), 0.65
    along = np.linspace(0, rng.uniform(2, 7), 8)  # crack
    left = np.stack((np.cumsum(rng.normal(turn, 0.16, 8)), along), axis=-1)
    return np.concatenate((left, left[::-1] + np.array((0.05, 0)))), 0.6


def _laterals(view: View, z: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    columns = np.arange(width, dtype=np.float32) - np.float32(view.camera.column)
    return columns[None] * (z / view.camera.focal)[:, None] - view.course.centre(z)[:, None]


def _texture(
    lateral: NDArray[np.float32],
    along: NDArray[np.float32],
    surface: NDArray[np.uint8],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Factor around one: stains a metre wide and grains of a hand's breadth, on the ground."""
    grain = np.zeros(256, dtype=np.float32)
    for s, strength in _GRAIN.items():
        grain[s] = strength
    place = rng.uniform(0, TILE, size=2).astype(np.float32)
    distance = np.broadcast_to(along[:, None] * _GRAINS + place[0], lateral.shape)
    noise = sample_noise(0.8, lateral * _GRAINS + place[1], distance)
    factor: NDArray[np.float32] = 1 + noise * cv2.LUT(surface, grain)
    return factor


def _tracks(street: Street) -> NDArray[np.float32]:
    """``(1, bins)`` factors by lateral: wheels polish two tracks in a lane, oil darkens between."""
    lateral = np.arange(int(2 * EXTENT / BIN), dtype=np.float32) * BIN - EXTENT
    inside = (lateral > street.edge(0)) & (lateral < street.edge(1))
    swing = np.cos((np.abs(lateral) - street.median / 2) / street.lane * 4 * np.pi)
    return np.where(inside, 1 - 0.05 * swing, 1).astype(np.float32)[None]
