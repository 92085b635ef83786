"""What is written comes back, whole or not at all."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.errors import InputError
from effunet.imaging import read_mask, write_array, write_image, write_mask
from effunet.labels import LABEL_SPACES

PALETTE = LABEL_SPACES["idd_lite"].palette_array()


@pytest.fixture
def mask() -> np.ndarray:
    return np.random.default_rng(0).choice([0, 1, 6, 255], size=(24, 40)).astype(np.uint8)


def test_arrays_come_back_as_half(tmp_path: Path) -> None:
    array = np.random.default_rng(0).random((3, 4, 5))
    write_array(tmp_path / "a.npz", array)
    write_array(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), array.astype(np.float16))
    with np.load(tmp_path / "a.npz") as loaded:
        np.testing.assert_array_equal(loaded["probabilities"], array.astype(np.float16))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, mask: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    write_mask(path, mask, PALETTE)
    old = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(InputError, match="No space left"):
        write_mask(path, 0 * mask, PALETTE)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_writing_below_a_file_is_refused(tmp_path: Path, mask: np.ndarray) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_mask(tmp_path / "a" / "b.png", mask, PALETTE)


def test_names_of_255_bytes_are_written(tmp_path: Path, mask: np.ndarray) -> None:
    path = tmp_path / f"{'ü' * 125}x.png"
    write_mask(path, mask, PALETTE)
    np.testing.assert_array_equal(read_mask(path), mask)


def test_files_are_as_readable_as_any_other(tmp_path: Path, mask: np.ndarray) -> None:
    (tmp_path / "plain").touch()
    write_mask(tmp_path / "a.png", mask, PALETTE)
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("suffix", [".gif", ""])
def test_unknown_endings_are_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(InputError, match="cannot be written as"):
        write_image(tmp_path / f"a{suffix}", np.zeros((2, 3, 3), np.uint8))
