import io
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins import MixedPrecision
from rich.console import Console
from torch import Tensor
from torch.optim import Optimizer

from effunet.config import LossConfig, OptimConfig, TrainerConfig
from effunet.datasets import Batch
from effunet.training import RunConsole, train
from effunet.training.learning.ema import Ema
from effunet.training.learning.guard import StepGuard
from effunet.training.learning.task import SegmentationTask
from effunet.training.reporting.metrics_log import read_metrics

from ..conftest import TinyConfig, equal
from ..faults import bad_gradients, nan_pixels, states, void_masks


def _same(one: dict[str, dict[str, Tensor]], other: dict[str, dict[str, Tensor]]) -> bool:
    return all(equal(one[part], other[part]) for part in one)


Fault = Callable[[pytest.MonkeyPatch, list[tuple[int, int]]], None]


def _bad_statistics(monkeypatch: pytest.MonkeyPatch, at: list[tuple[int, int]]) -> None:
    step = SegmentationTask.training_step

    def changed(task: SegmentationTask, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        output = step(task, batch, batch_idx)
        if (task.current_epoch, batch_idx) in at:
            names = task.segmenter.named_buffers()
            variance = next(value for name, value in names if name.endswith("running_var"))
            variance.data[0] = math.inf  # autograd is not to notice
        return output

    monkeypatch.setattr(SegmentationTask, "training_step", changed)


@pytest.mark.parametrize(
    ("fault", "says", "accumulate"),
    [
        (nan_pixels, "loss is nan", 1),
        (nan_pixels, "loss is nan", 2),
        (lambda patch, at: bad_gradients(patch, at, math.inf), "gradient is ", 1),
        (_bad_statistics, "statistics are not finite", 1),
        (void_masks, None, 2),
    ],
    ids=["loss", "loss-in-a-group", "gradient", "statistics", "void"],
)
def test_a_step_that_is_not_made_leaves_no_trace(
    tiny_config: TinyConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    says: str | None,
    accumulate: int,
) -> None:
    # all of a group must be void for it to have nothing to learn from
    fault(monkeypatch, [(0, accumulate - 1)] if says else [(0, 0), (0, 1)])
    seen = states(monkeypatch)
    console = RunConsole(io.StringIO())
    trainer = TrainerConfig(epochs=2, accumulate=accumulate, ema=0.9)
    config = tiny_config(trainer=trainer, batch_size=1)
    train(config, out=tmp_path / "run", console=console)
    assert _same(seen[0, 0], seen[0, accumulate])
    assert not _same(seen[0, accumulate], seen[1, 0])
    said = [line for line in _lines(console) if line.startswith("skipped")]
    if says is None:
        assert not said
        assert any(line.endswith("void 1") for line in _lines(console))
    else:
        (line,) = said
        batch = "batch 1" if accumulate == 1 else "batches 1-2"
        assert line.startswith(f"skipped  epoch 1, {batch}: ")
        assert says in line
        assert "0/00000" in line or "1/00000" in line  # a picture's key
        assert any(line.endswith("skipped 1") for line in _lines(console))
    first, second = read_metrics(tmp_path / "run/metrics.csv")
    column = "train/skipped" if says else "train/void"
    assert (first[column], second[column]) == (1, 0)
    assert math.isfinite(first["train/loss"])


def test_the_loss_of_a_skipped_step_is_not_averaged(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses: list[float] = []
    step = SegmentationTask.training_step

    def noted(task: SegmentationTask, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        output = step(task, batch, batch_idx)
        losses.append(float(output["plain"]))
        return output

    monkeypatch.setattr(SegmentationTask, "training_step", noted)
    bad_gradients(monkeypatch, [(0, 1)], math.nan)
    config = tiny_config(batch_size=1)
    train(config, out=tmp_path / "run", console=quiet)
    (row,) = read_metrics(tmp_path / "run/metrics.csv")
    del losses[1]
    assert row["train/loss"] == pytest.approx(sum(losses) / 3, rel=1e-5)


def test_an_epoch_of_void_alone_says_a_dash(
    tiny_config: TinyConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    void_masks(monkeypatch, [(0, 0), (0, 1)])
    console = RunConsole(io.StringIO())
    train(tiny_config(), out=tmp_path / "run", console=console)
    (epoch,) = [line for line in _lines(console) if line.startswith("epoch 1/1  loss")]
    assert "loss –" in epoch
    assert "nan" not in "\n".join(_lines(console)).lower()


@pytest.mark.parametrize("accumulate", [2, 3])
def test_the_last_step_of_an_epoch_is_divided_by_its_own_size(
    tiny_config: TinyConfig,
    tmp_path: Path,
    quiet: Console,
    monkeypatch: pytest.MonkeyPatch,
    accumulate: int,
) -> None:
    """At a rate of 0 and with four batches the gradients of the last step are known."""
    gradients: list[list[Tensor]] = []
    holds = StepGuard.on_before_optimizer_step

    def noted(
        guard: StepGuard, trainer: pl.Trainer, task: pl.LightningModule, optimizer: Optimizer
    ) -> None:
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        gradients.append([weight.grad.clone() for weight in weights])
        holds(guard, trainer, task, optimizer)

    monkeypatch.setattr(StepGuard, "on_before_optimizer_step", noted)
    limits = TrainerConfig(epochs=1, limit_train_batches=3 if accumulate == 2 else 4)
    still = OptimConfig(lr=0.0, encoder_lr=0.0)
    config = replace(tiny_config(trainer=limits, batch_size=1), optim=still)
    train(config, out=tmp_path / "single", console=quiet)
    single, gradients[:] = gradients[-1], []
    grouped = replace(config, trainer=replace(config.trainer, accumulate=accumulate))
    train(grouped, out=tmp_path / "grouped", console=quiet)
    assert len(gradients) == 2
    for one, other in zip(single, gradients[-1], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)


def test_an_overflow_that_the_scaler_handles_is_none(
    tiny_config: TinyConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)

    def scaled(guard: StepGuard, trainer: pl.Trainer, task: pl.LightningModule, stage: str) -> None:
        plugin = MixedPrecision("bf16-mixed", "cpu")
        plugin.scaler = scaler
        trainer.strategy._precision_plugin = plugin

    monkeypatch.setattr(StepGuard, "setup", scaled)
    bad_gradients(monkeypatch, [(0, 0), (0, 2)], math.inf)
    nan_pixels(monkeypatch, [(0, 1)])
    console = RunConsole(io.StringIO())
    train(tiny_config(batch_size=1), out=tmp_path / "run", console=console)
    skipped = [line.split(": ")[0] for line in _lines(console) if line.startswith("skipped")]
    # no scale helps a loss of NaN, and at a scale of 1 there is nothing left to handle
    assert skipped == ["skipped  epoch 1, batch 2", "skipped  epoch 1, batch 3"]


def test_a_loss_that_overflows_is_skipped(tiny_config: TinyConfig, tmp_path: Path) -> None:
    console = RunConsole(io.StringIO())
    config = tiny_config(loss=LossConfig(terms={"cross_entropy": 1e38, "dice": 1e38}))
    config = replace(config, trainer=replace(config.trainer, epochs=2, ema=0.9))
    train(config, out=tmp_path / "run", console=console)
    skipped = [line for line in _lines(console) if line.startswith("skipped")]
    assert len(skipped) == 4
    assert "nan" not in "\n".join(line for line in _lines(console) if line.startswith("epoch"))


def test_an_average_that_is_not_finite_is_mended(
    tiny_config: TinyConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = Ema.on_train_batch_end

    def broken(ema: Ema, *rest: Any) -> None:  # noqa: ANN401 - as they come
        follow(ema, *rest)
        next(iter(ema._average.values())).fill_(math.nan)

    monkeypatch.setattr(Ema, "on_train_batch_end", broken)
    console = RunConsole(io.StringIO())
    config = tiny_config(trainer=TrainerConfig(epochs=1, ema=0.9))
    train(config, out=tmp_path / "run", console=console)
    assert any(line.startswith("mended") and " 1 of its" in line for line in _lines(console))
    state = torch.load(tmp_path / "run/last.ckpt", weights_only=True)["callbacks"]["Ema"]
    assert all(bool(value.isfinite().all()) for value in state["average"].values())


def _lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()
