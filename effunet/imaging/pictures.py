"""Pictures: RGB out of files, files out of RGB."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import InputError
from ..files import replacing
from .opening import (
    FORMAT_OF_SUFFIX,
    IN_MEMORY,
    PillowImage,
    failures_named,
    open_picture,
    orientation_of,
    unreadable,
    upright,
)

_DIRECT_MODES = frozenset({"1", "L", "RGB", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"})
_ALPHA_MODES = frozenset({"LA", "La", "PA", "P", "RGBA", "RGBa"})


def read_image(path: Path) -> NDArray[np.uint8]:
    """The picture of :func:`read_turned_image` alone."""
    return read_turned_image(path)[0]


def read_turned_image(path: Path) -> tuple[NDArray[np.uint8], int]:
    """A picture as ``(h, w, 3)`` RGB, and the EXIF orientation it was turned by, 1 to 8.

    The EXIF orientation is applied, alpha is dropped, grey gets three channels and CMYK is
    converted. Of 16-bit channels the high byte is kept (65535 → 255, as a viewer shows them).

    Raises:
        InputError: The file is missing, truncated, animated, too large, or not a picture.
    """
    with open_picture(path) as image:
        turned, orientation = upright(image)
        return np.array(_to_rgb(turned, path)), orientation


@dataclass(frozen=True)
class PictureHeader:
    """What a picture's file says of it before its pixels."""

    size: tuple[int, int]
    """Height and width, turned as the EXIF orientation says."""
    suffix: str
    """Ending that belongs to its format, whatever its name says."""


def read_header(source: Path | bytes) -> PictureHeader:
    """Size and format of a file, or of the content of one.

    Raises:
        InputError: As :func:`read_image`, for what the header shows.
    """
    with open_picture(source if isinstance(source, Path) else io.BytesIO(source)) as image:
        width, height = image.size
        # Pillow gives the size of a TIFF already turned
        turned = orientation_of(image) >= 5 and image.format != "TIFF"
        suffixes = {name: suffix for suffix, name in reversed(FORMAT_OF_SUFFIX.items())}
        suffix = suffixes.get(image.format or "", ".jpg")  # an MPO is a JPEG
        return PictureHeader((width, height) if turned else (height, width), suffix)


def decode_image(content: bytes) -> NDArray[np.uint8]:
    """The picture whose file has this ``content``, as :func:`read_image` gives it.

    Raises:
        InputError: As :func:`read_image`.
    """
    with open_picture(io.BytesIO(content)) as image:
        return np.array(_to_rgb(upright(image)[0], IN_MEMORY))


def pillow_to_rgb(image: PillowImage) -> NDArray[np.uint8]:
    """A PIL image as :func:`read_image` would give its file; ``image`` stays as it is.

    Raises:
        InputError: Its file is truncated, or its pixels have no known range.
    """
    with failures_named(IN_MEMORY):
        return np.array(_to_rgb(upright(image)[0], IN_MEMORY))


def write_image(path: Path, image: NDArray[np.uint8]) -> None:
    """Write an RGB picture ``(h, w, 3)`` in the format of the file's ending.

    Raises:
        InputError: The ending is not a picture's, or the file cannot be written.
    """
    encoded = encode_image(image, suffix=path.suffix)
    with replacing(path) as stream:
        stream.write(encoded)


def write_array(path: Path, array: NDArray[np.floating]) -> None:
    """Write probabilities as float16: ``.npz`` (compressed, key ``probabilities``) or ``.npy``.

    Raises:
        InputError: The ending is neither, or the file cannot be written.
    """
    half = array.astype(np.float16)
    if path.suffix not in {".npz", ".npy"}:
        raise InputError(
            f"probabilities cannot be written as {path.suffix}", where=path, fix="use .npz or .npy"
        )
    with replacing(path) as stream:
        if path.suffix == ".npz":
            np.savez_compressed(stream, probabilities=half)
        else:
            np.save(stream, half)


def encode_image(image: NDArray[np.uint8], suffix: str = ".jpg", quality: int = 90) -> bytes:
    """Bytes of a picture file with ``image`` ``(h, w, 3)`` RGB in it.

    Raises:
        InputError: ``suffix`` is not a picture's.
    """
    if suffix.lower() not in FORMAT_OF_SUFFIX:
        raise InputError(
            f"a picture cannot be written as {suffix or 'a file without an ending'}",
            fix=f"use one of {', '.join(sorted(FORMAT_OF_SUFFIX))}",
        )
    stream = io.BytesIO()
    file_format = FORMAT_OF_SUFFIX[suffix.lower()]
    Image.fromarray(np.ascontiguousarray(image)).save(stream, format=file_format, quality=quality)
    return stream.getvalue()


def _to_rgb(image: PillowImage, place: Path | str) -> PillowImage:
    """Convert without Pillow's two surprises: 16 bits clipped, and a warning for palette alpha."""
    if image.mode == "RGB":
        return image
    if image.mode in _DIRECT_MODES:
        return image.convert("RGB")
    if image.mode in _ALPHA_MODES:
        return image.convert("RGBA").convert("RGB")
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    raise unreadable(place, f"pixels of mode {image.mode} have no known range")
