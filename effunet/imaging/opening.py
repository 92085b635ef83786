"""Opening picture files: what is read at all, what is refused from the header, which way is up."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeAlias

from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from ..errors import InputError

PillowImage: TypeAlias = Image.Image
"""The one type of Pillow's that other modules take."""

IN_MEMORY = "a picture in memory"
"""Where a fault is that has no file."""

FORMAT_OF_SUFFIX = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".jif": "JPEG",
    ".mpo": "JPEG",
    ".png": "PNG",
    ".bmp": "BMP",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""Lower-case file ending of a picture → its format."""

IMAGE_SUFFIXES = frozenset(FORMAT_OF_SUFFIX)
"""Lower-case file endings taken for pictures."""

UNREAD_SUFFIXES = frozenset(
    {
        *(".heic", ".heif", ".hif", ".avif", ".jxl", ".gif", ".psd", ".dib"),
        *(".jp2", ".j2k", ".jpf", ".jpx", ".jpm", ".j2c", ".jpc"),
        *(".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".exr", ".hdr", ".pcx", ".qoi"),
        *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"),
    }
)
"""Lower-case file endings of pictures in formats that are not read: named, never passed over."""

MAX_PIXELS = 89_478_485
"""Larger pictures are refused from their header (Pillow's own limit, about 9460 x 9460)."""

_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF")  # the decoders exposed to files from outside
_UNREADABLE = (
    OSError,  # truncated, not a picture, not there
    SyntaxError,  # what Pillow raises for a broken PNG
    ValueError,
    EOFError,
    ArithmeticError,
    LookupError,
    TypeError,  # absurd header fields
    struct.error,
)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@contextmanager
def open_picture(source: Path | io.BytesIO) -> Iterator[ImageFile.ImageFile]:
    """An open picture whose header is sane; failures inside the block name the file."""
    place = source if isinstance(source, Path) else IN_MEMORY
    with failures_named(place), Image.open(_checked(source), formats=_FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _too_large(place)
        # MPO is a JPEG with a preview behind it, as phones write it, and not an animation
        if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
            raise unreadable(place, "it holds several frames")
        _refuse_misread(image, place)
        yield image


def _checked(source: Path | io.BytesIO) -> Path | io.BytesIO:
    """``source`` unless it is a pipe or a device, which may never end."""
    if isinstance(source, Path) and source.exists() and not source.is_file():
        raise OSError("it is no ordinary file")
    return source


_BITS = {"1": 1, "P;1": 1, "P;4": 4, "P": 8, "L": 8}
"""Layout of a palette BMP, in Pillow's words → bits a pixel that it reads."""


def _refuse_misread(image: ImageFile.ImageFile, place: Path | str) -> None:
    """Pillow judges some palette BMPs by the number of their colours, whatever their bits are."""
    if image.format != "BMP" or image.fp is None or image.tile[0].codec_name != "raw":
        return
    bits = _bits_of_bmp(image.fp)
    taken_for = _BITS.get(raw_mode(image), bits)
    if taken_for != bits:
        raise InputError(
            f"a BMP of {bits} bits a pixel with a palette as of {taken_for}",
            where=place,
            why="it would be read as one of so many bits, and other pixels come out",
            fix="export it again as PNG",
        )


def _bits_of_bmp(file: IO[bytes]) -> int:
    file.seek(14)
    header = file.read(16)
    old = header[0] == 12  # OS/2's shorter header
    return int.from_bytes(header[10:12] if old else header[14:16], "little")


def raw_mode(image: ImageFile.ImageFile) -> str:
    """How the file lays out its pixels, in Pillow's words: ``L;4I`` is inverted 4-bit grey."""
    if not image.tile:
        return image.mode
    args = image.tile[0].args
    return str(args[0] if isinstance(args, tuple) else args)


@contextmanager
def failures_named(place: Path | str) -> Iterator[None]:
    """Whatever Pillow cannot read inside the block is an error at ``place``."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(
            "the file is not there", where=place, fix="check the path, or remove it from the list"
        ) from None
    except _BOMBS:
        raise _too_large(place) from None
    except _UNREADABLE as error:
        raise unreadable(place, _reason(error, place)) from error


def _too_large(place: Path | str) -> InputError:
    return InputError(
        "the picture is too large",
        where=place,
        why=f"its header promises more than {MAX_PIXELS} pixels",
        fix="make it smaller, or cut it into parts",
    )


def unreadable(place: Path | str, why: str) -> InputError:
    """What every file that is no sound picture is refused with."""
    foreign = isinstance(place, Path) and place.suffix.lower() in UNREAD_SUFFIXES
    return InputError(
        "the picture cannot be read",
        where=place,
        why=why,
        fix="convert it to JPEG or PNG, or remove it"
        if foreign
        else "get the file again from its source, or remove it",
    )


def _reason(error: Exception, place: Path | str) -> str:
    """Pillow's reason without the path it may repeat."""
    if isinstance(error, UnidentifiedImageError):
        empty = isinstance(place, Path) and place.is_file() and place.stat().st_size == 0
        return "it is empty" if empty else f"it is not one of {', '.join(_FORMATS)}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def upright(image: Image.Image) -> tuple[Image.Image, int]:
    """``image`` turned the way its EXIF orientation says, and that orientation, 1 to 8.

    The tag alone is read and nothing is written back: cameras store values that Pillow can read
    past but not encode again.
    """
    orientation = orientation_of(image)
    image.load()
    # Pillow turns TIFF files itself while it loads them
    as_stored = orientation == 1 or image.format == "TIFF"
    return image if as_stored else image.transpose(_TURNS[orientation]), orientation


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8."""
    try:
        tag = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _UNREADABLE:  # damaged EXIF says nothing about the pixels, which may be sound
        return 1
    return tag if tag in _TURNS else 1
