"""Label files of every kind: what is stored comes back, and what would be changed is refused."""

import struct
import zlib
from pathlib import Path

import numpy as np
import PIL
import pytest
from numpy.typing import NDArray
from PIL import Image

from effunet.errors import InputError
from effunet.imaging import read_image, read_mask, read_mask_file, read_palette, write_mask
from effunet.labels import LABEL_SPACES

PALETTE = LABEL_SPACES["idd_lite"].palette_array()


@pytest.fixture
def mask() -> np.ndarray:
    return np.random.default_rng(0).choice([0, 1, 6, 255], size=(24, 40)).astype(np.uint8)


def test_palette_masks_come_back_as_ids(tmp_path: Path, mask: np.ndarray) -> None:
    path = tmp_path / "sub" / "a.png"
    write_mask(path, mask, PALETTE)
    ids = read_mask(path)
    assert ids.dtype == np.uint8
    np.testing.assert_array_equal(ids, mask)
    colours = read_palette(path)
    assert colours is not None
    np.testing.assert_array_equal(colours[:256], PALETTE[: len(colours)])


def test_grey_masks_have_no_palette(tmp_path: Path, mask: np.ndarray) -> None:
    Image.fromarray(mask).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), mask)
    assert read_palette(tmp_path / "a.png") is None


def test_16_bit_masks_keep_large_ids(tmp_path: Path) -> None:
    ids = np.array([[0, 255, 256, 26001]], dtype=np.uint16)
    Image.fromarray(ids).save(tmp_path / "a.png")
    read = read_mask(tmp_path / "a.png")
    assert read.dtype == np.int32
    assert read.tolist() == ids.tolist()


def test_one_bit_masks_are_0_and_1(tmp_path: Path) -> None:
    Image.fromarray(np.eye(9, dtype=bool)).save(tmp_path / "a.png")
    assert read_mask(tmp_path / "a.png").tolist() == np.eye(9, dtype=np.uint8).tolist()


def _every_kind(ids: np.ndarray, bits: int) -> dict[str, bytes]:
    greys = [(level * 255 // ((1 << bits) - 1),) * 3 for level in range(1 << bits)]
    kinds = {
        "png": _png(ids, bits=bits),
        "palette png": _png(ids, bits=bits, colour_type=3),
        "tiff": _tiff(ids, bits=bits, white_is_zero=False),
        "white is zero": _tiff(ids, bits=bits, white_is_zero=True),
    }
    if bits != 2:  # there is no such BMP
        kinds |= {"bmp": _bmp(ids, bits=bits, palette=greys)}
        kinds |= {"inverted bmp": _bmp(ids, bits=bits, palette=greys[::-1])}
    return kinds


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_ids_are_the_stored_numbers_whatever_the_bit_depth(tmp_path: Path, bits: int) -> None:
    ids = np.random.default_rng(0).integers(0, 1 << bits, (5, 7), dtype=np.uint8)
    for kind, content in _every_kind(ids, bits).items():
        (tmp_path / "a").write_bytes(content)
        read = read_mask(tmp_path / "a")
        assert read.dtype == np.uint8
        np.testing.assert_array_equal(read, ids, err_msg=kind)


@pytest.mark.parametrize(
    ("bits", "palette"),
    [
        (4, [(0, 0, 0), (255, 255, 255)]),
        (8, [(0, 0, 0), (255, 255, 255)]),
        (4, [(level, level, level) for level in range(16)]),
    ],
)
def test_a_bmp_whose_palette_hides_its_bits_is_refused(
    tmp_path: Path, bits: int, palette: list[tuple[int, int, int]]
) -> None:
    """Pillow takes two greys for 1 bit and a ramp of greys for 8 bits."""
    ids = np.random.default_rng(0).integers(0, len(palette), (5, 7), dtype=np.uint8)
    (tmp_path / "a.bmp").write_bytes(_bmp(ids, bits=bits, palette=palette))
    for read in (read_mask, read_image):
        with pytest.raises(InputError, match=f"BMP of {bits} bits a pixel") as caught:
            read(tmp_path / "a.bmp")
        assert caught.value.where == tmp_path / "a.bmp"
        assert "PNG" in caught.value.fix


def test_a_bmp_of_os_2_is_read(tmp_path: Path) -> None:
    ids = np.eye(7, dtype=np.uint8)
    content = _bmp(ids, bits=8, palette=[(0, 0, 0), (9, 0, 0)] * 128)
    pixels = content[54 + 4 * 256 :]
    head = struct.pack("<IHHHH", 12, 7, 7, 1, 8)
    palette = bytes([0, 0, 0, 0, 0, 9] * 128)
    start = struct.pack("<2sIHHI", b"BM", 26 + 768 + len(pixels), 0, 0, 26 + 768)
    (tmp_path / "a.bmp").write_bytes(start + head + palette + pixels)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.bmp"), ids)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".webp"])
def test_colours_come_back_as_stored(
    tmp_path: Path, mask: np.ndarray, mode: str, suffix: str
) -> None:
    colours = PALETTE[mask]
    Image.fromarray(colours).convert(mode).save(tmp_path / f"a{suffix}", lossless=True)
    np.testing.assert_array_equal(read_mask(tmp_path / f"a{suffix}"), colours)


def test_opaque_alpha_is_dropped_and_other_alpha_refused(tmp_path: Path, mask: np.ndarray) -> None:
    alpha = np.full_like(mask, 255)
    Image.fromarray(np.dstack([mask, alpha])).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), mask)
    alpha[0, :3] = 0
    for colours in (mask[..., None], PALETTE[mask]):
        Image.fromarray(np.dstack([colours, alpha])).save(tmp_path / "a.png")
        with pytest.raises(InputError, match=r"transparent pixels(.|\n)*3 px"):
            read_mask(tmp_path / "a.png")


_NO_YCBCR = pytest.mark.skipif(
    int(PIL.__version__.split(".")[0]) < 13, reason="Pillow before 13 cannot read back such a TIFF"
)


@pytest.mark.parametrize("mode", ["CMYK", pytest.param("YCbCr", marks=_NO_YCBCR), "LAB", "F"])
def test_pixels_that_are_neither_ids_nor_rgb_are_refused(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (4, 4)).save(tmp_path / "a.tif")
    with pytest.raises(InputError, match=f"mode {mode}"):
        read_mask(tmp_path / "a.tif")


def test_16_bits_a_colour_are_refused(tmp_path: Path) -> None:
    """Eight of them would be dropped, and the labels with them."""
    header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
    (tmp_path / "a.png").write_bytes(_framed(b"IHDR" + header, bytes([0, 1, 0, 1, 0, 1, 1])))
    with pytest.raises(InputError, match="16 bits a pixel or colour"):
        read_mask(tmp_path / "a.png")


@pytest.mark.parametrize(
    "compression",
    ["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "zstd", "lzma"],
)
def test_lossless_tiffs_give_back_what_was_stored(
    tmp_path: Path, mask: np.ndarray, compression: str
) -> None:
    for stored in (mask, mask.astype(np.uint16) + 300, PALETTE[mask]):
        Image.fromarray(stored).save(tmp_path / "a.tif", compression=compression)
        np.testing.assert_array_equal(read_mask(tmp_path / "a.tif"), stored)


@pytest.mark.parametrize("compression", ["tiff_ccitt", "group3", "group4"])
def test_fax_compressed_tiffs_give_back_what_was_stored(tmp_path: Path, compression: str) -> None:
    stored = np.random.default_rng(0).integers(0, 2, (24, 40)).astype(bool)
    Image.fromarray(stored).save(tmp_path / "a.tif", compression=compression)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.tif"), stored)


def test_jpeg_inside_a_tiff_is_refused(tmp_path: Path, mask: np.ndarray) -> None:
    Image.fromarray(mask).save(tmp_path / "a.tif", compression="jpeg")
    with pytest.raises(InputError, match="TIFF with jpeg compression"):
        read_mask(tmp_path / "a.tif")


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_masks_are_refused(tmp_path: Path, mask: np.ndarray, suffix: str) -> None:
    Image.fromarray(mask).save(tmp_path / f"a{suffix}")
    with pytest.raises(InputError, match="lossy"):
        read_mask(tmp_path / f"a{suffix}")


def test_webp_is_told_by_the_chunk_that_holds_the_pixels(tmp_path: Path, mask: np.ndarray) -> None:
    """Metadata and alpha come in an extended container, before the pixels."""
    path = tmp_path / "a.webp"
    exif = Image.Exif()
    exif[0x010E] = "labels"
    colours = np.dstack([mask] * 3)
    Image.fromarray(colours).save(path, lossless=True, exif=exif, icc_profile=b"odd")
    assert b"VP8X" in path.read_bytes()
    np.testing.assert_array_equal(read_mask(path), colours)
    alpha = np.random.default_rng(0).integers(0, 256, mask.shape, np.uint8)
    Image.fromarray(np.dstack([colours, alpha])).save(path)
    assert b"ALPH" in path.read_bytes()
    with pytest.raises(InputError, match="lossy WebP"):
        read_mask(path)


# files written by hand, of kinds that Pillow reads and does not write


def _png(ids: NDArray[np.uint8], *, bits: int, colour_type: int = 0) -> bytes:
    """A PNG of ``bits`` a pixel that stores ``ids`` ``(h, w)``; type 3 has a palette."""
    height, width = ids.shape
    rows = b"".join(b"\0" + row for row in _packed(ids, bits))
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    palette = [b"PLTE" + (bytes(range(256)) * 3)[: 3 << bits]] if colour_type == 3 else []
    return _framed(b"IHDR" + header, rows, *palette)


def _framed(header: bytes, rows: bytes, *others: bytes) -> bytes:
    chunks = [header, *others, b"IDAT" + zlib.compress(rows), b"IEND"]
    framed = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def _tiff(ids: NDArray[np.uint8], *, bits: int, white_is_zero: bool) -> bytes:
    """An uncompressed grey TIFF of ``bits`` a pixel that stores ``ids`` ``(h, w)``."""
    height, width = ids.shape
    pixels = b"".join(_packed(ids, bits))
    tags = {
        256: width,
        257: height,
        258: bits,
        259: 1,
        262: 0 if white_is_zero else 1,
        273: 8,
        277: 1,
        278: height,
        279: len(pixels),
    }
    directory = struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHII", tag, 4 if tag in {273, 279} else 3, 1, value)
        for tag, value in tags.items()
    )
    start = 8 + len(pixels)
    return b"II*\0" + struct.pack("<I", start) + pixels + directory + bytes(4)


def _bmp(ids: NDArray[np.uint8], *, bits: int, palette: list[tuple[int, int, int]]) -> bytes:
    """An uncompressed BMP of ``bits`` a pixel that stores ``ids`` ``(h, w)``."""
    height, width = ids.shape
    rows = [row + bytes(-len(row) % 4) for row in _packed(ids[::-1], bits)]
    colours = b"".join(bytes((b, g, r, 0)) for r, g, b in palette)
    offset = 14 + 40 + len(colours)
    pixels = b"".join(rows)
    info = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, bits, 0, len(pixels), 0, 0, len(palette), 0
    )
    return (
        b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + colours + pixels
    )


def _packed(ids: NDArray[np.uint8], bits: int) -> list[bytes]:
    """Rows of ``bits`` a pixel, the first pixel in the high bits."""
    wide = np.unpackbits(ids[..., None], axis=-1)[..., 8 - bits :]
    return [np.packbits(row.ravel()).tobytes() for row in wide]


@pytest.mark.parametrize(("channel", "index"), [("red", 0), ("green", 1), ("blue", 2)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_one_channel_holds_the_ids(tmp_path: Path, channel: str, index: int, mode: str) -> None:
    stored = np.random.default_rng(0).integers(0, 256, (5, 4, 3), np.uint8)
    Image.fromarray(stored).convert(mode).save(tmp_path / "a.png")
    ids = read_mask(tmp_path / "a.png", channel=channel)
    assert ids.dtype == np.uint8
    np.testing.assert_array_equal(ids, stored[..., index])


def test_label_and_instance_of_one_number_are_told_apart(tmp_path: Path) -> None:
    labels = np.arange(256, dtype=np.uint16)[None]
    Image.fromarray(labels * 256 + 200).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png", divisor=256), labels)


def test_colours_beside_numbers_that_are_divided_are_not_those_of_ids(tmp_path: Path) -> None:
    write_mask(tmp_path / "a.png", np.array([[2, 5]], np.uint8), np.zeros((256, 3), np.uint8))
    read = read_mask_file(tmp_path / "a.png", divisor=2)
    assert read.stored.tolist() == [[1, 2]]
    assert read.palette is None


@pytest.mark.parametrize(
    ("mode", "channel", "divisor", "what"),
    [
        ("L", "red", 1, "of one channel"),
        ("P", "red", 1, "of one channel"),
        ("L", None, 256, "of 8 bits a pixel"),
        ("RGB", None, 256, "of colours"),
        ("RGB", "red", 256, "of 8 bits a pixel"),
    ],
)
def test_files_that_cannot_hold_ids_in_this_way_are_refused(
    tmp_path: Path, mode: str, channel: str | None, divisor: int, what: str
) -> None:
    """Read in spite of it, every id would be 0."""
    Image.new(mode, (3, 2)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=what):
        read_mask(tmp_path / "a.png", channel=channel, divisor=divisor)
