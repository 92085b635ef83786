import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from effunet.errors import InputError
from effunet.imaging import (
    IMAGE_SUFFIXES,
    UNREAD_SUFFIXES,
    encode_image,
    read_image,
    read_mask,
    read_turned_image,
    write_image,
    write_mask,
)
from effunet.labels import LABEL_SPACES

PALETTE = LABEL_SPACES["idd_lite"].palette_array()


@pytest.fixture
def picture() -> np.ndarray:
    """Smooth, so that JPEG keeps it, and different in every corner."""
    y, x = np.mgrid[0:24, 0:40]
    return np.stack([x * 6, y * 10, 255 - x * 6], axis=-1).astype(np.uint8)


@pytest.fixture
def mask() -> np.ndarray:
    return np.random.default_rng(0).choice([0, 1, 6, 255], size=(24, 40)).astype(np.uint8)


# pictures


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".PNG"])
def test_lossless_pictures_come_back(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_image(path, picture)
    np.testing.assert_array_equal(read_image(path), picture)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_pictures_come_back_nearly(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_image(path, picture)
    assert np.abs(read_image(path).astype(int) - picture).mean() < 4


def test_grey_gets_three_channels(tmp_path: Path, picture: np.ndarray) -> None:
    grey = picture[..., 0]
    Image.fromarray(grey).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), np.stack([grey] * 3, axis=-1))


def test_16_bits_keep_the_high_byte(tmp_path: Path) -> None:
    wide = np.array([[0, 255, 256, 32768, 65535]], dtype=np.uint16)
    Image.fromarray(wide).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png")[0, :, 0].tolist() == [0, 0, 1, 128, 255]


def test_alpha_is_dropped_not_blended(tmp_path: Path, picture: np.ndarray) -> None:
    alpha = np.full((24, 40, 1), 7, np.uint8)
    Image.fromarray(np.concatenate([picture, alpha], axis=-1)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture)


def test_palette_pictures_come_back_as_colours(tmp_path: Path, mask: np.ndarray) -> None:
    write_mask(tmp_path / "a.png", mask, PALETTE)
    image = Image.open(tmp_path / "a.png")
    image.save(tmp_path / "b.png", transparency=bytes([0] * 256))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), PALETTE[mask])
    np.testing.assert_array_equal(read_image(tmp_path / "b.png"), PALETTE[mask])


def test_cmyk_is_converted(tmp_path: Path, picture: np.ndarray) -> None:
    Image.fromarray(picture).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert np.abs(read_image(tmp_path / "a.jpg").astype(int) - picture).mean() < 8


def _save_turned(path: Path, array: np.ndarray, orientation: int) -> None:
    """Store ``array`` so that a viewer that obeys the EXIF orientation shows it upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = Image.fromarray(array)
    for stored_by in Image.Transpose:
        stored = upright.transpose(stored_by)
        stored.getexif()[0x0112] = orientation
        shown = ImageOps.exif_transpose(stored)
        if shown.size == upright.size and np.array_equal(np.asarray(shown), array):
            stored.save(path, exif=exif)
            return
    upright.save(path, exif=exif)  # orientation 1: as it is


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(
    tmp_path: Path, picture: np.ndarray, orientation: int, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    _save_turned(path, picture, orientation)
    image = read_image(path)
    assert image.shape[:2] == (24, 40)
    assert np.abs(image.astype(int) - picture).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_masks_turn_with_their_pictures(tmp_path: Path, mask: np.ndarray, orientation: int) -> None:
    _save_turned(tmp_path / "a.png", mask, orientation)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), mask)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (5, struct.pack("<II", 0, 0)),  # a rational that is no number
        (10, struct.pack("<ii", -1, 3)),  # and one that Pillow cannot encode under this tag
        (10, struct.pack("<ii", -(2**31), 1)),
        (12, struct.pack("<d", float("nan"))),
    ],
)
def test_odd_values_beside_the_orientation_are_passed_over(
    tmp_path: Path, picture: np.ndarray, kind: int, value: bytes
) -> None:
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2)
    exif += struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHII", 0x011A, kind, 1, 38)
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif + bytes(4) + value)
    image, orientation = read_turned_image(tmp_path / "a.jpg")
    assert (image.shape, orientation) == ((40, 24, 3), 6)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff", b"Exif\0\0nonsense"])
def test_damaged_exif_says_nothing(tmp_path: Path, picture: np.ndarray, exif: bytes) -> None:
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif)
    image, orientation = read_turned_image(tmp_path / "a.jpg")
    assert (image.shape, orientation) == ((24, 40, 3), 1)


@pytest.mark.parametrize("suffix", [".jfif", ".jpe", ".JPE", ".jif", ".mpo"])
def test_jpeg_under_its_other_endings_is_read(
    tmp_path: Path, picture: np.ndarray, suffix: str
) -> None:
    write_image(tmp_path / f"a{suffix}", picture)
    assert read_image(tmp_path / f"a{suffix}").shape == (24, 40, 3)
    assert suffix.lower() in IMAGE_SUFFIXES


def test_no_ending_is_both_read_and_unread() -> None:
    assert not IMAGE_SUFFIXES & UNREAD_SUFFIXES
    assert {".dib", ".jpx"} <= UNREAD_SUFFIXES


def test_a_phones_jpeg_with_a_preview_is_a_picture(tmp_path: Path, picture: np.ndarray) -> None:
    image = Image.fromarray(picture)
    image.save(
        tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[image.resize((8, 8))]
    )
    with Image.open(tmp_path / "a.jpg") as opened:
        assert opened.format == "MPO"
    assert read_image(tmp_path / "a.jpg").shape == (24, 40, 3)


@pytest.mark.parametrize("size", [(1, 1), (3, 4097)])
def test_odd_sizes_are_read(tmp_path: Path, size: tuple[int, int]) -> None:
    write_image(tmp_path / "a.png", np.zeros((*size, 3), np.uint8))
    assert read_image(tmp_path / "a.png").shape == (*size, 3)


# pictures that cannot be used


def _spoilt(tmp_path: Path, picture: np.ndarray, kind: str) -> Path:
    jpeg = encode_image(np.tile(picture, (8, 8, 1)))
    png = encode_image(np.tile(picture, (8, 8, 1)), ".png")
    animated = Image.fromarray(picture)
    path = tmp_path / ("a.png" if "png" in kind else "a.jpg")
    match kind:
        case "half jpeg":
            path.write_bytes(jpeg[: len(jpeg) // 2])
        case "half png":
            path.write_bytes(png[: len(png) // 2])
        case "empty":
            path.touch()
        case "html":
            path.write_text("<html>404</html>")
        case "gif":
            animated.save(path, format="GIF")
        case "animated png":
            other = Image.fromarray(255 - picture)
            animated.save(path, save_all=True, append_images=[other])
        case "huge png":
            path.write_bytes(_png_header(40_000, 40_000))
        case "float":
            Image.fromarray(np.ones((4, 4), np.float32)).save(path, format="TIFF")
        case "folder":
            path.mkdir()
    return path


def _png_header(width: int, height: int) -> bytes:
    """The start of a decompression bomb; its pixels would never be reached."""
    size = width.to_bytes(4) + height.to_bytes(4)
    chunks = [b"IHDR" + size + bytes([8, 2, 0, 0, 0]), b"IDAT" + zlib.compress(bytes(99))]
    framed = [
        (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4) for chunk in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


SPOILT = [
    "half jpeg", "half png", "empty", "html", "gif", "animated png", "huge png", "float",
    "folder", "missing",
]  # fmt: skip


@pytest.mark.parametrize("kind", SPOILT)
def test_unusable_pictures_are_named(tmp_path: Path, picture: np.ndarray, kind: str) -> None:
    path = _spoilt(tmp_path, picture, kind)
    with pytest.raises(InputError) as caught:
        read_image(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).count(str(path)) == 1
    assert caught.value.fix


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 40_000])  # Pillow itself warns of one, stops at the other
@pytest.mark.parametrize("read", [read_image, read_mask])
def test_large_pictures_are_refused_from_the_header(
    tmp_path: Path, read: Callable[[Path], object], side: int
) -> None:
    (tmp_path / "a.png").write_bytes(_png_header(side, side))
    with pytest.raises(InputError, match="too large"):
        read(tmp_path / "a.png")


def test_reading_does_not_change_the_file(tmp_path: Path, picture: np.ndarray) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(picture).convert("CMYK").save(path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    read_image(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
