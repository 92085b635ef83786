from dataclasses import replace

import pytest
import torch

from effunet.config import TrainerConfig
from effunet.training.data import data_module
from effunet.training.data.data_module import RoadDataModule
from effunet.training.setup import prepare
from effunet.training.state.resume import FRESH

from ..conftest import TinyConfig


@pytest.mark.parametrize(
    ("devices", "nodes", "told", "sharers"),
    [
        ("auto", 1, {}, 1),
        ("2", 1, {}, 2),  # Lightning starts the second one
        ("2", 3, {}, 2),
        ("auto", 1, {"LOCAL_WORLD_SIZE": "2", "WORLD_SIZE": "4"}, 2),  # torchrun's
    ],
)
def test_shared_memory_is_shared_by_the_processes_of_one_machine(
    tiny_config: TinyConfig,
    monkeypatch: pytest.MonkeyPatch,
    devices: str,
    nodes: int,
    told: dict[str, str],
    sharers: int,
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    asked = []

    def noted(wanted: int, *, batch_bytes: int, sharers: int) -> tuple[int, str | None]:
        asked.append(sharers)
        return wanted, None

    monkeypatch.setattr(data_module, "processes_that_fit", noted)
    config = tiny_config(trainer=TrainerConfig(devices=devices, num_nodes=nodes))
    RoadDataModule(config, prepare(config), start=FRESH)
    assert asked == [sharers]


def test_val_batches_stay_within_the_backends_bound(tiny_config: TinyConfig) -> None:
    config = tiny_config(batch_size=3)
    data = RoadDataModule(config, prepare(config), start=FRESH)
    assert [len(batch["image"]) for batch in data.val_dataloader()] == [3]
    data.backend.pixels_at_once = 2 * 64 * 64  # two pictures of 48x64, padded
    assert [len(batch["image"]) for batch in data.val_dataloader()] == [2, 1]


def test_training_pictures_are_enlarged_as_those_scored(tiny_config: TinyConfig) -> None:
    """A crop of equal size sees half as many of the bands, each of twice the height."""
    config = tiny_config()
    plain = replace(config.data, scale_range=(1.0, 1.0), flip=0.0, color_jitter=0.0)
    bands = {}
    for scale in (1.0, 2.0):
        one = replace(config, data=replace(plain, input_scale=scale))
        loader = RoadDataModule(one, prepare(one), start=FRESH).train_dataloader()
        masks = torch.cat([batch["mask"] for batch in loader])
        bands[scale] = (masks[:, 1:] != masks[:, :-1]).any(dim=2).float().sum(dim=1).mean()
    assert 1.5 * bands[2.0] < bands[1.0]
