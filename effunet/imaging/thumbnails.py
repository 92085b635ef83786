"""A picture and its mask made small, as the bytes of files for a page."""

import io
import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .pictures import encode_image

_LONGEST = 16_383  # pixels of a side that WebP takes


def picture_thumbnail(image: NDArray[np.uint8], *, most_pixels: int, quality: int = 60) -> bytes:
    """WebP of ``image`` ``(h, w, 3)``, made smaller until it has ``most_pixels``."""
    size = _thumbnail_size(image.shape, most_pixels)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return encode_image(small.astype(np.uint8, copy=False), ".webp", quality=quality)


def mask_thumbnail(
    mask: NDArray[np.uint8], palette: NDArray[np.uint8], *, most_pixels: int
) -> bytes:
    """PNG of train ids ``(h, w)`` in the colours ``(k, 3)``, where no class is transparent."""
    size = _thumbnail_size(mask.shape, most_pixels)
    small = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT)
    void = len(palette)
    picture = Image.fromarray(np.minimum(small, void).astype(np.uint8))
    picture.putpalette([*palette.ravel().tolist(), 0, 0, 0])
    stream = io.BytesIO()
    picture.save(stream, format="PNG", transparency=void)
    return stream.getvalue()


def _thumbnail_size(shape: tuple[int, ...], most_pixels: int) -> tuple[int, int]:
    """Width and height, as OpenCV takes them."""
    height, width, *_ = shape
    shrink = min(1.0, math.sqrt(most_pixels / (height * width)), _LONGEST / max(height, width))
    return max(1, round(width * shrink)), max(1, round(height * shrink))
