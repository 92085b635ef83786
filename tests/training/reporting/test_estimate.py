from pathlib import Path

import torch

from effunet.config import TrainerConfig
from effunet.datasets import Batch
from effunet.losses import build_loss
from effunet.run_folder import RunFolder
from effunet.training.data.data_module import RoadDataModule
from effunet.training.learning.task import SegmentationTask
from effunet.training.reporting.estimate import _median_seconds, estimate_run
from effunet.training.setup import prepare
from effunet.training.state.resume import FRESH
from effunet.training.trainer import build_trainer

from ..conftest import TinyConfig, equal


def _batches(count: int) -> list[Batch]:
    image, mask = torch.zeros(1, 3, 2, 2), torch.zeros(1, 2, 2)
    return [{"image": image, "mask": mask, "path": ["x"]} for _ in range(count)]


def _measure(seconds: list[float]) -> tuple[float, int]:
    """The estimate and the steps it took, where step n takes ``seconds[n]``."""
    now, steps = 0.0, 0

    def step(_: Batch) -> None:
        nonlocal now, steps
        now += seconds[steps]
        steps += 1

    device = torch.device("cpu")
    median = _median_seconds(_batches(len(seconds)), step, device, clock=lambda: now)
    return median, steps


def test_warm_up_does_not_count() -> None:
    assert _measure([9.0, 2.0, 2.0, 2.0, 0.5, 0.5, 0.5, 0.5, 0.5]) == (0.5, 8)


def test_a_slow_machine_answers_from_few_steps() -> None:
    median, steps = _measure([60.0] + [50.0] * 99)
    assert steps == 1
    assert 50 <= median <= 60
    median, steps = _measure([15.0] + [9.0] * 99)
    assert steps == 2
    assert abs(median - 9) < 1e-9


def test_one_batch_is_enough() -> None:
    assert _measure([2.0]) == (2.0, 1)


def test_measuring_changes_nothing_of_the_run(tiny_config: TinyConfig, tmp_path: Path) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=3))
    prepared = prepare(config)
    loss = build_loss(config.loss, ignore_index=255, class_weights=None)
    space = prepared.dataset.label_space
    task = SegmentationTask(prepared.segmenter, loss, space, config.optim, seed=config.seed)
    data = RoadDataModule(config, prepared, start=FRESH)
    trainer = build_trainer(
        config.trainer,
        RunFolder(tmp_path),
        device=prepared.device,
        precision=prepared.precision,
        callbacks=[],
    )
    before = {name: value.clone() for name, value in task.state_dict().items()}
    randomness = torch.get_rng_state()
    estimate = estimate_run(task, data, trainer, config)
    assert ": 3 epochs of " in estimate
    assert equal(before, task.state_dict())
    assert torch.equal(randomness, torch.get_rng_state())
    assert task.segmenter.training
