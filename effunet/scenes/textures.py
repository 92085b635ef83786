"""Noise tiles that repeat without a seam; made once, sampled at random places."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

TILE = 512
"""Side of a tile in pixels."""


@cache
def noise_tile(roughness: float, variant: int = 0) -> NDArray[np.float32]:
    """``(TILE, TILE)`` Gaussian noise of mean 0 and deviation 1.

    Args:
        roughness: Exponent of the spectrum: 0 is white noise, 1 is mottled, 2 is cloudy.
        variant: Which of the tiles of this roughness.
    """
    rng = np.random.default_rng([TILE, variant])
    frequency = np.hypot(np.fft.fftfreq(TILE)[:, None], np.fft.rfftfreq(TILE)[None])
    frequency[0, 0] = 1.0
    spectrum = np.fft.rfft2(rng.standard_normal((TILE, TILE))) / frequency**roughness
    spectrum[0, 0] = 0.0
    tile = np.fft.irfft2(spectrum, (TILE, TILE))
    noise: NDArray[np.float32] = (tile / tile.std()).astype(np.float32)
    return noise


@cache
def _closed_tile(roughness: float, variant: int) -> NDArray[np.float32]:
    """The tile with its first row and column again at its end."""
    return np.pad(noise_tile(roughness, variant), (0, 1), mode="wrap")


def sample_noise(
    roughness: float, x: NDArray[np.float32], y: NDArray[np.float32], *, variant: int = 0
) -> NDArray[np.float32]:
    """Noise at points given in tile pixels, of any size: the tile repeats."""
    # OpenCV's own wrapping is eight times slower than its reading within the borders.
    return np.asarray(
        cv2.remap(_closed_tile(roughness, variant), _wrap(x), _wrap(y), cv2.INTER_LINEAR),
        dtype=np.float32,
    )


def _wrap(x: NDArray[np.float32]) -> NDArray[np.float32]:
    turns: NDArray[np.float32] = np.floor(x * np.float32(1 / TILE))
    return x - turns * np.float32(TILE)


def crop_noise(
    roughness: float, shape: tuple[int, int], rng: np.random.Generator, *, variant: int = 0
) -> NDArray[np.float32]:
    """``(h, w)`` of noise from a random place of the tile."""
    height, width = shape
    top, left = (int(start) for start in rng.integers(TILE, size=2))
    tile = noise_tile(roughness, variant)
    if top + height <= TILE and left + width <= TILE:
        return tile[top : top + height, left : left + width]
    rows = np.arange(top, top + height) % TILE
    columns = np.arange(left, left + width) % TILE
    return tile[rows[:, None], columns]
