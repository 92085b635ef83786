from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.errors import InputError
from effunet.imaging import read_image, read_mask
from effunet.inference import Predictor, find_pictures
from effunet.inference.writers import Destination, check_destination, open_destination


def test_everything_asked_for_lies_in_the_tree(
    predictor: Predictor, paint: Callable[..., NDArray[np.uint8]], tmp_path: Path
) -> None:
    prediction = predictor(paint(0))
    Destination(tmp_path, overlays=True, probabilities=True).write(
        prediction, PurePosixPath("10/frame.v2")
    )
    files = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.*")}
    assert files == {
        "10/frame.v2.png",
        "overlays/10/frame.v2.jpg",
        "probabilities/10/frame.v2.npz",
    }
    np.testing.assert_array_equal(read_mask(tmp_path / "10/frame.v2.png"), prediction.mask)
    height, width, _ = read_image(tmp_path / "overlays/10/frame.v2.jpg").shape
    assert height * width > prediction.mask.size, "the legend is missing"
    with np.load(tmp_path / "probabilities/10/frame.v2.npz") as stored:
        half = stored["probabilities"]
    assert half.dtype == np.float16
    np.testing.assert_allclose(half, prediction.probabilities, atol=1e-3)


def test_only_the_mask_is_written_unasked(
    predictor: Predictor, paint: Callable[..., NDArray[np.uint8]], tmp_path: Path
) -> None:
    Destination(tmp_path).write(predictor(paint(0)), PurePosixPath("a"))
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    ("source", "out"),
    [
        ("drive", "drive"),
        ("drive", "drive/out"),
        ("drive", "overlays"),  # the same through a link
        ("drive/*/*.png", "drive"),
        ("drive/**/*.png", "drive/out"),
        ("drive/2/7_image.png", "drive/2"),
        ("overlays", "."),  # the overlays would lie on the pictures
    ],
)
def test_results_never_lie_among_the_pictures(drive: Path, source: str, out: str) -> None:
    (drive.parent / "overlays").symlink_to(drive)
    with pytest.raises(InputError, match="own pictures"):
        check_destination(drive.parent / out, find_pictures(drive.parent / source))


@pytest.mark.parametrize(
    ("source", "out"),
    [("drive", "masks"), ("drive/2", "drive/masks"), ("drive/2/7_image.png", "drive/2/masks")],
)
def test_results_may_lie_beside_them(drive: Path, source: str, out: str) -> None:
    check_destination(drive.parent / out, find_pictures(drive.parent / source))


def test_an_output_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in ("file", "file/below"):
        with pytest.raises(InputError, match="cannot be written"):
            open_destination(tmp_path / out)


def test_the_proof_leaves_nothing_behind(tmp_path: Path) -> None:
    open_destination(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
