"""Label files: what they store, not what a viewer shows."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import InputError
from ..files import replacing
from .opening import open_picture, raw_mode, upright

_LOSSLESS = frozenset(
    {
        *("raw", "packbits", "tiff_ccitt", "group3", "group4", "tiff_lzw"),
        *("tiff_adobe_deflate", "tiff_deflate", "zstd", "lzma"),
    }
)
"""Compressions of a TIFF, in Pillow's words, that give back what was stored."""
_ID_MODES = frozenset({"1", "L", "P", "I"})
_EXPORT_AGAIN = "export the labels again as PNG"


@dataclass(frozen=True)
class MaskFile:
    """A label file as it is."""

    stored: NDArray[np.uint8] | NDArray[np.int32]
    """Ids ``(h, w)``, uint8 or where the file holds more than 8 bits int32; or colours
    ``(h, w, 3)`` in RGB."""
    palette: NDArray[np.uint8] | None
    """Colours ``(k, 3)`` beside the ids, of a palette file."""
    orientation: int
    """EXIF orientation it was turned by, 1 to 8."""


def read_mask(
    path: Path, *, channel: str | None = None, divisor: int = 1
) -> NDArray[np.uint8] | NDArray[np.int32]:
    """Ids or colours of :func:`read_mask_file` alone."""
    return read_mask_file(path, channel=channel, divisor=divisor).stored


def read_mask_file(path: Path, *, channel: str | None = None, divisor: int = 1) -> MaskFile:
    """Read a label file.

    Ids are the stored numbers: Pillow stretches 2- and 4-bit grey to 255 and inverts TIFFs whose
    zero is white, and both are undone. Alpha that is opaque everywhere is dropped.

    Args:
        path: The file.
        channel: ``red``, ``green`` or ``blue``: the one of three that holds the ids.
        divisor: What the numbers are divided by, rounded down: 256 where they are
            ``label * 256 + instance``.

    Raises:
        InputError: As :func:`read_image`; also for what does not give back what was stored (lossy
            compression, 16 bits a colour), for transparent pixels, and where there is no
            such channel or there are too few bits to divide.
    """
    with open_picture(path) as image:
        _refuse_lossy(image, path)
        raw = raw_mode(image)
        kind, _, packing = raw.partition(";")
        narrowed = image.mode != "I" and not image.mode.startswith("I;16")
        if narrowed and packing[:2] in {"15", "16"}:
            raise InputError(
                f"a label file with {packing[:2]} bits a pixel or colour (layout {raw})",
                where=path,
                why="reading it as 8 bits a colour would change the labels",
                fix=f"{_EXPORT_AGAIN}: ids in one channel, or 8 bits a colour",
            )
        turned, orientation = upright(image)
        array = np.array(_without_alpha(turned, path))
        if kind in {"1", "L"} and "I" in packing:
            array = ~array
        if kind == "L" and packing[:1] in _STEPS:
            array = array // _STEPS[packing[:1]]
        stored = array.astype(np.int32) if image.mode.startswith("I") else array.astype(np.uint8)
        palette = _palette(image) if divisor == 1 else None
        ids = _decoded(stored, path, channel=channel, divisor=divisor)
        return MaskFile(ids, palette, orientation)


def _decoded(
    stored: NDArray[np.uint8] | NDArray[np.int32], path: Path, *, channel: str | None, divisor: int
) -> NDArray[np.uint8] | NDArray[np.int32]:
    """The ids that are kept in one channel, or together with another number, or neither."""
    if channel is not None:
        if stored.ndim != 3:
            raise InputError(
                "a label file of one channel",
                where=path,
                why=f"mask_channel says that the ids are in {channel}",
                fix="leave out mask_channel, or name the folder of the files that have three",
            )
        stored = stored[..., _CHANNELS[channel]].copy()
    if divisor == 1:
        return stored
    if stored.ndim == 3 or divisor > np.iinfo(stored.dtype).max:
        kind = "colours" if stored.ndim == 3 else "8 bits a pixel"
        raise InputError(
            f"a label file of {kind}",
            where=path,
            why=f"label_divisor says that it holds label * {divisor} + instance",
            fix="leave out label_divisor, or name the folder of the files that hold such numbers",
        )
    return stored // divisor


_CHANNELS = {"red": 0, "green": 1, "blue": 2}
_STEPS = {"2": np.uint8(85), "4": np.uint8(17)}
"""Bits of a grey pixel → what Pillow multiplies it by."""


def read_palette(path: Path) -> NDArray[np.uint8] | None:
    """Colours ``(k, 3)`` of a palette file, or None where the file has no palette.

    Raises:
        InputError: The file is missing or not a picture.
    """
    with open_picture(path) as image:
        return _palette(image)


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


def pack_mask(mask: NDArray[np.uint8]) -> bytes:
    """Ids ``(h, w)`` as a PNG in memory, much smaller than the array."""
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(mask)).save(stream, format="PNG")
    return stream.getvalue()


def unpack_mask(content: bytes) -> NDArray[np.uint8]:
    """Inverse of :func:`pack_mask`."""
    with Image.open(io.BytesIO(content)) as image:
        return np.array(image, dtype=np.uint8)


def _palette(image: Image.Image) -> NDArray[np.uint8] | None:
    colours = image.getpalette("RGB") if image.mode == "P" else None
    return None if colours is None else np.array(colours, dtype=np.uint8).reshape(-1, 3)


def _refuse_lossy(image: Image.Image, path: Path) -> None:
    compression = image.info.get("compression")
    if image.format in {"JPEG", "MPO"}:
        lossy = "JPEG"
    elif image.format == "WEBP" and not _is_lossless_webp(path):
        lossy = "lossy WebP"
    elif image.format == "TIFF" and compression not in _LOSSLESS:
        lossy = f"TIFF with {compression} compression inside"
    else:
        return
    raise InputError(
        f"a label file in a lossy format ({lossy})",
        where=path,
        why="compression changes ids at every border",
        fix=_EXPORT_AGAIN,
    )


def _is_lossless_webp(path: Path) -> bool:
    """Whether the first chunk of pixels, behind those that only describe, is a lossless one."""
    with path.open("rb") as file:
        file.seek(12)  # RIFF, length, WEBP
        while len(head := file.read(8)) == 8:
            name, length = head[:4], int.from_bytes(head[4:], "little")
            if name in {b"VP8L", b"VP8 "}:
                return name == b"VP8L"
            file.seek(length + length % 2, 1)
    return False


def _without_alpha(image: Image.Image, path: Path) -> Image.Image:
    if image.mode in _ID_MODES or image.mode == "RGB" or image.mode.startswith("I;16"):
        return image
    if image.mode not in {"LA", "RGBA"}:
        raise InputError(
            f"a label file whose pixels are of mode {image.mode}",
            where=path,
            why="a mask holds one id a pixel (8-bit grey, palette or 16-bit grey), or one colour",
            fix=f"{_EXPORT_AGAIN}; a palette PNG shows colours and holds ids",
        )
    hidden = int((np.asarray(image.getchannel("A")) != 255).sum())
    if hidden:
        raise InputError(
            "a label file with transparent pixels",
            where=path,
            why=f"what these {hidden} px mean is not said",
            fix=f"{_EXPORT_AGAIN}, without alpha",
        )
    return image.convert(image.mode.removesuffix("A"))
