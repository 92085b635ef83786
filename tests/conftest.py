"""What every test may lean on."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as the command line does, before torch

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from effunet.imaging import write_image, write_mask
from effunet.labels import LABEL_SPACES

WriteIddLite = Callable[..., Path]


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Folder that holds ``idd20k_lite`` and ``CamVid``; tests on real data skip without it."""
    root = os.environ.get("EFFUNET_DATA_ROOT")
    if not root or not Path(root).is_dir():
        pytest.skip("EFFUNET_DATA_ROOT names no folder of real data sets")
    return Path(root)


@pytest.fixture(autouse=True)
def _own_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests neither read nor fill the user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache-of-this-test"))


@pytest.fixture(scope="session")
def write_idd_lite() -> WriteIddLite:
    """The function :func:`_write_idd_lite`."""
    return _write_idd_lite


@pytest.fixture
def idd_lite_root(tmp_path: Path) -> Path:
    """A tiny data set in IDD-Lite's layout: 4 train, 3 val and 1 test picture of 48x64."""
    return _write_idd_lite(tmp_path / "idd20k_lite")


def _write_idd_lite(
    root: Path,
    *,
    train: int = 4,
    val: int = 3,
    test: int = 1,
    size: tuple[int, int] = (48, 64),
) -> Path:
    """Write scenes whose colours tell the classes, so that a network can learn them.

    Bands of all seven classes with void between them; two sequences a split whose pictures have
    the same names, as in the real one.
    """
    space = LABEL_SPACES["idd_lite"]
    for seed, (split, count) in enumerate({"train": train, "val": val, "test": test}.items()):
        rng = np.random.default_rng(seed)
        for index in range(count):
            scene = f"{split}/{index % 2}/{index // 2:06}"
            mask = _bands(rng, size, space.num_classes)
            image = space.palette_array()[mask] // 2 + rng.integers(0, 64, (*size, 3), np.uint8)
            write_image(root / f"leftImg8bit/{scene}_image.jpg", image)
            if split != "test":
                write_mask(root / f"gtFine/{scene}_label.png", mask, space.palette_array())
    return root


def _bands(rng: np.random.Generator, size: tuple[int, int], classes: int) -> np.ndarray:
    height, width = size
    rows = (np.arange(height) * classes // height + rng.integers(classes)) % classes
    mask = np.repeat(rows[:, None], width, axis=1).astype(np.uint8)
    mask[0] = 255
    return mask


@pytest.fixture
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
