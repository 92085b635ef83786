from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.alternating import compare
from benchmarks.plain import PlainPredictor, plain_network
from benchmarks.predict import both_predictors, random_checkpoint
from effunet.config import ModelConfig
from effunet.errors import InputError
from effunet.labels import LABEL_SPACES
from effunet.models import Segmenter, build_model
from effunet.models.checkpoint_file import read_checkpoint, write_checkpoint


def build(*, input_scale: float = 1.0) -> tuple[Segmenter, PlainPredictor]:
    model = ModelConfig(variant="lite0", decoder_channels=(64, 48, 32, 24, 16), weights="none")
    segmenter, _ = build_model(model, label_space=LABEL_SPACES["idd_lite"], input_scale=input_scale)
    plain = PlainPredictor(
        plain_network(segmenter, model),
        mean=segmenter.mean,
        std=segmenter.std,
        input_scale=input_scale,
    )
    return segmenter.eval(), plain


@torch.no_grad()
def test_plain_network_is_the_same_function() -> None:
    segmenter, plain = build()
    image = torch.randint(0, 256, (2, 3, 64, 96), dtype=torch.uint8)
    normalised = (image / 255 - segmenter.mean) / segmenter.std
    torch.testing.assert_close(plain.network(normalised), segmenter(image))


@pytest.mark.parametrize("input_scale", [1.0, 1.4])
@torch.no_grad()
def test_plain_prediction_is_the_same_mask_at_any_size(input_scale: float) -> None:
    segmenter, plain = build(input_scale=input_scale)
    image = torch.randint(0, 256, (37, 70, 3), dtype=torch.uint8)
    mask = segmenter(image.permute(2, 0, 1)[None]).argmax(dim=1)[0]
    assert plain(image.numpy()).tolist() == mask.tolist()


def test_both_sides_predict_alike_from_one_checkpoint(tmp_path: Path) -> None:
    plain, ours = both_predictors(random_checkpoint(tmp_path, "lite0"))
    image = np.random.default_rng(0).integers(0, 256, (37, 70, 3), dtype=np.uint8)
    assert (plain(image) == ours(image)).mean() > 0.95  # one of them may round to bfloat16


def test_a_checkpoint_of_another_network_is_one_error(tmp_path: Path) -> None:
    path = random_checkpoint(tmp_path, "lite0")
    whole = read_checkpoint(path)
    header = {key: whole.header[key] for key in whole.header.keys() - {"format_version", "digest"}}
    write_checkpoint(path, dict(list(whole.state.items())[1:]), header)
    with pytest.raises(InputError, match="not those of the network it describes"):
        both_predictors(path)


def test_ratio_is_the_median_of_the_rounds() -> None:
    plain, effunet = iter([2.0, 9.0, 4.0]), iter([1.0, 3.0, 4.0])
    assert compare(lambda: next(plain), lambda: next(effunet), rounds=3) == (4.0, 3.0, 2.0)
