import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

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
    segmenter = predictor._backend.segmenter  # type: ignore[attr-defined]
    segmenter.register_forward_pre_hook(lambda _, args: batches.append(len(args[0])))
    list(predictor([paint(0, 32, 32)] * 10))
    assert batches == [8, 2]
    assert predictor._batch_limit((1080, 1920)) == 1
    asked = Predictor(load_model(run_folder), batch_size=3)
    assert asked._batch_limit((360, 640)) == 3  # input_scale 1.5: four would fit
    assert asked._batch_limit((1080, 1920)) == 1


def test_half_the_precision_gives_nearly_the_same_mask(
    predictor: Predictor, run_folder: Path, paint: Paint
) -> None:
    image = paint(0, 96, 128)
    fast = load(run_folder, device="cpu", precision="bf16")
    assert fast.precision.name == "bf16"
    assert (fast(image).mask == predictor(image).mask).mean() > 0.9


def test_a_folder_or_a_glob_gives_its_pictures_in_natural_order(
    predictor: Predictor, drive: Path
) -> None:
    for source in (drive, str(drive), f"{drive}/*/*.png"):
        predictions = predictor(source)
        assert isinstance(predictions, Iterator)
        assert [str(prediction.path.relative_to(drive)) for prediction in predictions] == [
            "2/7_image.png",
            "10/7_image.png",
            "10/11_image.png",
        ]
    assert isinstance(predictor(f"{drive}/2/*.png"), Iterator)  # also where it is one


def test_a_name_with_a_wildcard_in_it_is_one_picture(
    predictor: Predictor, paint: Paint, tmp_path: Path
) -> None:
    write_image(tmp_path / "a [1].png", paint(1))
    assert predictor(tmp_path / "a [1].png").path == tmp_path / "a [1].png"


def test_a_name_that_leads_nowhere_is_refused_at_once(predictor: Predictor, tmp_path: Path) -> None:
    for name in (tmp_path, tmp_path / "absent.jpg", f"{tmp_path}/*.jpg"):
        with pytest.raises(InputError, match="no "):
            predictor(name)


def test_a_folder_among_several_is_refused_when_its_turn_comes(
    predictor: Predictor, paint: Paint, drive: Path
) -> None:
    predictions = predictor([paint(0, 32, 32), drive])
    with pytest.raises(InputError, match="a folder where one picture"):
        list(predictions)


def test_several_may_be_none(predictor: Predictor) -> None:
    assert list(predictor([])) == []


def test_effunet_load_is_this(run_folder: Path) -> None:
    assert isinstance(effunet.load(run_folder), Predictor)


@pytest.mark.parametrize("threads", [0, -1])
def test_threads_are_at_least_one(run_folder: Path, threads: int) -> None:
    with pytest.raises(InputError, match=f"threads cannot be {threads}"):
        load(run_folder, threads=threads)


def test_an_unknown_device_is_refused(run_folder: Path) -> None:
    with pytest.raises(InputError, match="tpu"):
        load(run_folder, device="tpu")
