import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.errors import InputError, MissingExtraError
from effunet.imaging import decode_image, read_image, read_mask, read_palette
from effunet.inference import Prediction
from effunet.labels import LABEL_SPACES


def _no_network() -> NDArray[np.float32]:
    raise AssertionError("plain use must not run the network again")


@pytest.fixture
def prediction(paint: Callable[..., NDArray[np.uint8]]) -> Prediction:
    return Prediction(
        paint(0, 8, 10),
        np.repeat(np.array([0, 3, 3, 6], np.uint8), 20).reshape(8, 10),
        label_space=LABEL_SPACES["idd_lite"],
        compute_probabilities=_no_network,
        path=None,
        network_seconds=0.0,
    )


def test_shares_cover_the_picture(prediction: Prediction) -> None:
    shares = prediction.shares()
    assert list(shares) == list(LABEL_SPACES["idd_lite"].names)
    assert {name: share for name, share in shares.items() if share} == {
        "drivable": 0.25,
        "vehicles": 0.5,
        "sky": 0.25,
    }


def test_saved_mask_holds_ids_and_colours(prediction: Prediction, tmp_path: Path) -> None:
    path = tmp_path / "new" / "mask.png"
    prediction.save(path)
    np.testing.assert_array_equal(read_mask(path), prediction.mask)
    palette = read_palette(path)
    assert palette is not None
    np.testing.assert_array_equal(palette[:7], prediction.label_space.palette)


def test_a_lossy_mask_is_refused(prediction: Prediction, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="png"):
        prediction.save(tmp_path / "mask.jpg")


def test_overlay_goes_from_picture_to_colours(prediction: Prediction) -> None:
    np.testing.assert_array_equal(prediction.overlay(alpha=0), prediction.image)
    colours = prediction.label_space.palette_array()[prediction.mask]
    np.testing.assert_array_equal(prediction.overlay(alpha=1), colours)


def test_repr_names_the_largest_class(prediction: Prediction) -> None:
    assert repr(prediction) == "Prediction(10x8, 50% vehicles)"


def test_probabilities_are_computed_once(prediction: Prediction) -> None:
    with pytest.raises(AssertionError):
        _ = prediction.probabilities
    prediction._compute_probabilities = lambda: np.ones((7, 8, 10), np.float32)
    assert prediction.probabilities is prediction.probabilities


def test_a_prediction_shows_itself_with_its_legend(prediction: Prediction, tmp_path: Path) -> None:
    shown = decode_image(prediction._repr_png_())
    above = shown[:8, :10]
    np.testing.assert_array_equal(above, prediction.overlay())
    assert shown.shape[0] > 8
    prediction.plot().save(tmp_path / "shown.png")
    np.testing.assert_array_equal(read_image(tmp_path / "shown.png"), shown)
    with pytest.raises(InputError, match="it is a PNG"):
        prediction.plot().save(tmp_path / "shown.jpg")


def test_without_supervision_it_is_said_what_installs_it(
    prediction: Prediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(MissingExtraError, match=r"pip install \"effunet-road\[supervision\]\""):
        prediction.to_supervision()


def test_supervision_gets_one_mask_a_class(prediction: Prediction) -> None:
    detections = prediction.to_supervision()
    assert detections.class_id is not None
    assert detections.mask is not None
    assert list(detections.data["class_name"]) == ["drivable", "vehicles", "sky"]
    for class_id, mask, box in zip(
        detections.class_id, detections.mask, detections.xyxy, strict=True
    ):
        np.testing.assert_array_equal(mask, prediction.mask == class_id)
        rows, columns = np.nonzero(mask)
        assert list(box) == [columns.min(), rows.min(), columns.max(), rows.max()]
