import math
from typing import Literal

import pytest
from torch import nn

from effunet.config import ModelConfig, OptimConfig
from effunet.labels import LABEL_SPACES
from effunet.models import Segmenter, build_model
from effunet.training.learning.optimisation import build_optimizer, build_schedule


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    model = ModelConfig(weights="none", decoder_channels=(16, 16, 8, 8, 8))
    return build_model(model, label_space=LABEL_SPACES["idd_lite"], input_scale=1.0)[0]


def test_every_parameter_is_in_one_group_with_the_rate_of_its_half(segmenter: Segmenter) -> None:
    config = OptimConfig(lr=1.0, encoder_lr=0.1, weight_decay=0.5)
    groups = build_optimizer(segmenter, config).param_groups
    of = {id(parameter): group for group in groups for parameter in group["params"]}
    assert sum(len(group["params"]) for group in groups) == len(list(segmenter.parameters()))
    network = segmenter.network
    assert isinstance(network.encoder, nn.Module)
    for half, lr in ((network.encoder, 0.1), (network.segmentation_head, 1.0)):
        assert isinstance(half, nn.Module)
        for parameter in half.parameters():
            assert of[id(parameter)]["lr"] == lr
            assert of[id(parameter)]["weight_decay"] == (0.5 if parameter.ndim > 1 else 0.0)


@pytest.mark.parametrize(
    ("schedule", "halfway"), [("poly", 0.5**0.9), ("cosine", (1 + math.cos(math.pi / 2)) / 2)]
)
def test_rate_warms_up_then_falls_to_zero(
    segmenter: Segmenter, schedule: Literal["poly", "cosine"], halfway: float
) -> None:
    config = OptimConfig(lr=1.0, encoder_lr=0.1, schedule=schedule, warmup_epochs=1)
    optimizer = build_optimizer(segmenter, config)
    scheduler = build_schedule(optimizer, config, total_steps=110, steps_per_epoch=10)
    rates = []
    for _ in range(110):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    factors = [max(rate) for rate in rates]
    assert factors[:10] == pytest.approx([(step + 1) / 11 for step in range(10)])
    assert factors[10] == max(factors) == 1.0
    assert factors[60] == pytest.approx(halfway)
    assert factors == sorted(factors[:10]) + sorted(factors[10:], reverse=True)
    assert [group["lr"] for group in optimizer.param_groups] == [0.0] * len(rates[0])
    assert all(max(rate) == pytest.approx(10 * min(rate)) for rate in rates)


def test_a_single_step_has_no_warm_up(segmenter: Segmenter) -> None:
    optimizer = build_optimizer(segmenter, OptimConfig(lr=1.0))
    build_schedule(optimizer, OptimConfig(lr=1.0), total_steps=1, steps_per_epoch=1)
    assert max(group["lr"] for group in optimizer.param_groups) == 1.0
