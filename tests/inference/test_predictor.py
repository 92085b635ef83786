import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

import effunet
from effunet.errors import InputError
from effunet.imaging import write_image
from effunet.inference import Prediction, Predictor, load
from effunet.models import load_model

Paint = Callable[..., NDArray[np.uint8]]


def test_mask_and_probabilities_are_the_segmenters(
    predictor: Predictor, run_folder: Path, paint: Paint
) -> None:
    image = paint(0)
    segmenter = load_model(run_folder, precision="32").segmenter
    with torch.inference_mode():
        logits = segmenter(torch.from_numpy(image).permute(2, 0, 1)[None])[0]
    prediction = predictor(image)
    np.testing.assert_array_equal(prediction.mask, logits.argmax(dim=0))
    assert prediction.mask.dtype == np.uint8
    assert len(np.unique(prediction.mask)) > 2
    np.testing.assert_allclose(prediction.probabilities, logits.softmax(dim=0), atol=1e-5)


@pytest.mark.parametrize("eager", [False, True])
def test_probabilities_agree_with_the_mask(predictor: Predictor, paint: Paint, eager: bool) -> None:
    for prediction in predictor([paint(0), paint(1)], probabilities=eager):
        assert prediction.probabilities.dtype == np.float32
        np.testing.assert_allclose(prediction.probabilities.sum(axis=0), 1, atol=1e-5)
        np.testing.assert_array_equal(prediction.probabilities.argmax(axis=0), prediction.mask)


@pytest.mark.parametrize("size", [(1, 1), (3, 130), (65, 33), (32, 64)])
def test_any_size(predictor: Predictor, paint: Paint, size: tuple[int, int]) -> None:
    prediction = predictor(paint(0, *size))
    assert prediction.mask.shape == size
    assert prediction.probabilities.shape == (7, *size)


def test_many_are_the_single_ones_in_order(predictor: Predictor, paint: Paint) -> None:
    sizes = [(40, 50)] * 3 + [(32, 50), (40, 50), (64, 64), (64, 64)]
    images = [paint(seed, *size) for seed, size in enumerate(sizes)]
    many = list(predictor(images))
    for prediction, image in zip(many, images, strict=True):
        np.testing.assert_array_equal(prediction.image, image)
        np.testing.assert_array_equal(prediction.mask, predictor(image).mask)


def test_files_and_arrays_mix(predictor: Predictor, paint: Paint, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", paint(1))
    from_file, from_array = predictor([str(tmp_path / "a.png"), paint(1)])
    np.testing.assert_array_equal(from_file.mask, from_array.mask)
    np.testing.assert_array_equal(predictor(tmp_path / "a.png").mask, from_array.mask)
    assert (from_file.path, from_array.path) == (tmp_path / "a.png", None)


def test_an_endless_source_is_read_a_little_ahead(predictor: Predictor, paint: Paint) -> None:
    taken = 0

    def endless() -> Iterator[NDArray[np.uint8]]:
        nonlocal taken
        for seed in itertools.count():
            taken += 1
            yield paint(seed)

    predictions = predictor(endless())
    for used in range(1, 21):
        assert isinstance(next(predictions), Prediction)
        assert taken - used < 20


def test_large_pictures_go_one_by_one(run_folder: Path, paint: Paint) -> None:
    predictor = load(run_folder, device="cpu", precision="32")
    batches: list[int] = []
    predictor._segmenter.register_forward_pre_hook(lambda _, args: batches.append(len(args[0])))
    list(predictor([paint(0, 32, 32)] * 10))
    assert batches == [8, 2]
    assert predictor._batch_limit((1080, 1920)) == 1
    assert Predictor(load_model(run_folder), batch_size=3)._batch_limit((1080, 1920)) == 3


def test_half_the_precision_gives_nearly_the_same_mask(
    predictor: Predictor, run_folder: Path, paint: Paint
) -> None:
    image = paint(0, 96, 128)
    fast = load(run_folder, device="cpu", precision="bf16")
    assert fast.precision.name == "bf16"
    assert (fast(image).mask == predictor(image).mask).mean() > 0.9


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        (np.zeros((8, 8), np.uint8), "numpy.stack"),
        (np.zeros((8, 8, 4), np.uint8), "three channels"),
        (np.zeros((2, 8, 8, 3), np.uint8), "list(batch)"),
        (np.zeros((3, 8, 8), np.uint8), "transpose(1, 2, 0)"),
        (np.zeros((8, 8, 3), np.float32), "* 255"),
        (np.zeros((0, 8, 3), np.uint8), "three channels"),
        (Image.new("RGB", (8, 8)), "numpy.asarray(image.convert('RGB'))"),
        (3, "numpy.asarray"),
        (np.array(5), "three channels"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_way_to_one(
    predictor: Predictor,
    given: Any,  # noqa: ANN401
    fix: str,
) -> None:
    with pytest.raises(InputError, match="is not a picture") as caught:
        predictor(given)
    assert fix in caught.value.fix


def test_a_folder_or_nothing_is_refused(predictor: Predictor, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder where one picture"):
        predictor(tmp_path)
    with pytest.raises(InputError):
        predictor(tmp_path / "absent.jpg")


def test_an_unknown_device_is_refused(run_folder: Path) -> None:
    with pytest.raises(InputError, match="tpu"):
        load(run_folder, device="tpu")


def test_effunet_load_is_this(run_folder: Path) -> None:
    assert isinstance(effunet.load(run_folder), Predictor)
