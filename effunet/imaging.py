"""The one place where files become arrays and arrays files.

Pictures come back as RGB, label files as ids, never as colours. Label files are not read with
OpenCV: it turns the ids of a palette PNG into colours or into grey values.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import InputError
from .files import replacing

PillowImage: TypeAlias = Image.Image
"""The one type of Pillow's that other modules take."""

_IN_MEMORY = "a picture in memory"  # where a fault is that has no file
_FORMAT_OF_SUFFIX = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".bmp": "BMP",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}

IMAGE_SUFFIXES = frozenset(_FORMAT_OF_SUFFIX)
"""Lower-case file endings taken for pictures."""

UNREAD_SUFFIXES = frozenset(
    {
        *(".heic", ".heif", ".avif", ".jxl", ".jp2", ".j2k", ".gif", ".psd"),
        *(".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".exr", ".hdr", ".pcx", ".qoi"),
        *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"),
    }
)
"""Lower-case file endings of pictures in formats that are not read: named, never passed over."""

MAX_PIXELS = 89_478_485
"""Larger pictures are refused from their header (Pillow's own limit, about 9460 x 9460)."""

_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF")  # the decoders exposed to files from outside
_LOSSY = {"JPEG", "MPO", "WEBP"}
_UNREADABLE = (
    OSError,  # truncated, not a picture, not there
    SyntaxError,  # what Pillow raises for a broken PNG
    ValueError,
    EOFError,
    ArithmeticError,
    LookupError,
    TypeError,  # absurd header fields
)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read a picture as ``(h, w, 3)`` RGB.

    The EXIF orientation is applied, alpha is dropped, grey gets three channels and CMYK is
    converted. Of 16-bit channels the high byte is kept (65535 → 255, as a viewer shows them).

    Raises:
        InputError: The file is missing, truncated, animated, too large, or not a picture.
    """
    with _open(path) as image:
        return _decoded(image, path)


def decode_image(content: bytes) -> NDArray[np.uint8]:
    """The picture whose file has this ``content``, as :func:`read_image` gives it.

    Raises:
        InputError: As :func:`read_image`.
    """
    with _open(io.BytesIO(content)) as image:
        return _decoded(image, _IN_MEMORY)


def pillow_to_rgb(image: PillowImage) -> NDArray[np.uint8]:
    """A PIL image as :func:`read_image` would give its file; ``image`` stays as it is.

    Raises:
        InputError: Its file is truncated, or its pixels have no known range.
    """
    with _failures_named(_IN_MEMORY):
        return np.array(_to_rgb(ImageOps.exif_transpose(image), _IN_MEMORY))


def _decoded(image: PillowImage, place: Path | str) -> NDArray[np.uint8]:
    ImageOps.exif_transpose(image, in_place=True)
    return np.array(_to_rgb(image, place))


def read_mask(path: Path) -> NDArray[np.uint8] | NDArray[np.int32]:
    """Read a label file as ``(h, w)`` ids: uint8, or int32 where the file holds more than 8 bits.

    Raises:
        InputError: As :func:`read_image`; also for colours and for lossy formats, neither of
            which holds ids.
    """
    with _open(path) as image:
        if image.format in _LOSSY:
            raise InputError(
                f"a label file in a lossy format ({image.format})",
                where=path,
                why="compression changes ids at every border",
                fix="export the labels again as PNG",
            )
        if image.mode not in _ID_MODES and not image.mode.startswith("I;16"):
            raise InputError(
                f"a label file with colours (mode {image.mode}) instead of ids",
                where=path,
                why="a mask holds one id a pixel: 8-bit grey, palette or 16-bit grey",
                fix="export ids, not colours; a palette PNG shows colours and holds ids",
            )
        ImageOps.exif_transpose(image, in_place=True)
        ids = np.array(image)
        if image.mode.startswith("I"):
            return ids.astype(np.int32, copy=False)
        return ids.astype(np.uint8, copy=False)


def read_palette(path: Path) -> NDArray[np.uint8] | None:
    """Colours ``(k, 3)`` of a palette file, or None where the file has no palette.

    Raises:
        InputError: The file is missing or not a picture.
    """
    with _open(path) as image:
        colours = image.getpalette("RGB") if image.mode == "P" else None
    return None if colours is None else np.array(colours, dtype=np.uint8).reshape(-1, 3)


def write_mask(
    path: Path, mask: NDArray[np.uint8], palette: NDArray[np.uint8] | None = None
) -> None:
    """Write ids ``(h, w)`` as a palette PNG: ids for programs, ``palette`` ``(256, 3)`` for eyes.

    Without a palette the PNG is grey (mode L), as the label files of data sets are.

    Raises:
        InputError: The file cannot be written.
    """
    image = Image.fromarray(np.ascontiguousarray(mask))
    if palette is not None:
        image.putpalette(palette.tobytes())
    with replacing(path) as stream:
        image.save(stream, format="PNG")


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
    if suffix.lower() not in _FORMAT_OF_SUFFIX:
        raise InputError(
            f"a picture cannot be written as {suffix or 'a file without an ending'}",
            fix=f"use one of {', '.join(sorted(_FORMAT_OF_SUFFIX))}",
        )
    stream = io.BytesIO()
    file_format = _FORMAT_OF_SUFFIX[suffix.lower()]
    Image.fromarray(np.ascontiguousarray(image)).save(stream, format=file_format, quality=quality)
    return stream.getvalue()


_ID_MODES = frozenset({"1", "L", "P", "I"})
_DIRECT_MODES = frozenset({"1", "L", "RGB", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"})
_ALPHA_MODES = frozenset({"LA", "La", "PA", "P", "RGBA", "RGBa"})


@contextmanager
def _open(source: Path | io.BytesIO) -> Iterator[PillowImage]:
    """An open picture whose header is sane; failures inside the block name the file."""
    place = source if isinstance(source, Path) else _IN_MEMORY
    with _failures_named(place), Image.open(source, formats=_FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _too_large(place)
        # MPO is a JPEG with a preview behind it, as phones write it, and not an animation
        if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
            raise _unreadable(place, "it holds several frames")
        yield image


@contextmanager
def _failures_named(place: Path | str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InputError(
            "the file is not there", where=place, fix="check the path, or remove it from the list"
        ) from None
    except _BOMBS:
        raise _too_large(place) from None
    except _UNREADABLE as error:
        raise _unreadable(place, _reason(error, place)) from error


def _too_large(place: Path | str) -> InputError:
    return InputError(
        "the picture is too large",
        where=place,
        why=f"its header promises more than {MAX_PIXELS} pixels",
        fix="make it smaller, or cut it into parts",
    )


def _unreadable(place: Path | str, why: str) -> InputError:
    return InputError(
        "the picture cannot be read",
        where=place,
        why=why,
        fix="get the file again from its source, or remove it",
    )


def _reason(error: Exception, place: Path | str) -> str:
    """Pillow's reason without the path it may repeat."""
    if isinstance(error, UnidentifiedImageError):
        empty = isinstance(place, Path) and place.is_file() and place.stat().st_size == 0
        return "it is empty" if empty else f"it is not one of {', '.join(_FORMATS)}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


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
    raise _unreadable(place, f"pixels of mode {image.mode} have no known range")
