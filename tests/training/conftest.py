from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console

from effunet.config import DataConfig, LossConfig, ModelConfig, TrainConfig, TrainerConfig

TinyConfig = Callable[..., TrainConfig]


@pytest.fixture
def tiny_config(idd_lite_root: Path) -> TinyConfig:
    """A network and a data set that train in seconds; changed by section."""

    def build(
        *,
        loss: LossConfig | None = None,
        trainer: TrainerConfig | None = None,
        batch_size: int = 2,
        num_workers: int = 0,
    ) -> TrainConfig:
        return TrainConfig(
            data=DataConfig(root=str(idd_lite_root), crop_size=(32, 64)),
            model=ModelConfig(weights="none", decoder_channels=(16, 16, 8, 8, 8)),
            loss=loss or LossConfig(),
            trainer=replace(trainer or TrainerConfig(epochs=1), precision="32"),
            batch_size=batch_size,
            num_workers=num_workers,
            device="cpu",
        )

    return build


@pytest.fixture
def quiet() -> Console:
    return Console(quiet=True)


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    state = torch.load(run / "last.ckpt", weights_only=True)["state_dict"]
    assert isinstance(state, dict)
    return state


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
