import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from rich.console import Console
from safetensors import safe_open
from safetensors.torch import load_file

from effunet.config import OptimConfig, TrainConfig, TrainerConfig, config_from_dict
from effunet.datasets import open_dataset
from effunet.errors import InputError
from effunet.evaluation import evaluate
from effunet.losses import build_loss
from effunet.models import load_model
from effunet.run_folder import RunFolder
from effunet.training import resume, train
from effunet.training.data.data_module import RoadDataModule
from effunet.training.learning.task import SegmentationTask
from effunet.training.reporting.estimate import estimate_run
from effunet.training.reporting.metrics_log import read_metrics
from effunet.training.setup import prepare
from effunet.training.state.resume import FRESH
from effunet.training.state.stopping import GracefulStop, StoppedError
from effunet.training.trainer import build_trainer

from .conftest import TinyConfig


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    state = torch.load(run / "last.ckpt", weights_only=True)["state_dict"]
    assert isinstance(state, dict)
    return state


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_leaves_a_folder_that_explains_itself(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=2))
    result = train(config, out=tmp_path / "runs/name", console=quiet)
    left = {path.name for path in result.run.iterdir() if not path.name.startswith("events")}
    assert left >= {
        *(
            "best.safetensors",
            "final.safetensors",
            "last.ckpt",
            "config.yaml",
            "metrics.csv",
            "curves.png",
        ),
        *("classes.png", "confusion.png", "val_grid.jpg", "report.html", "tensorboard"),
    }
    written = config_from_dict(yaml.safe_load((result.run / "config.yaml").read_text()))
    scaled = replace(config.data, input_scale=1.0)
    assert written == replace(config, name="idd_lite_lite0", data=scaled)
    rows = read_metrics(result.run / "metrics.csv")
    assert [row["epoch"] for row in rows] == [0, 1]
    assert max(row["val/miou"] for row in rows) == pytest.approx(result.miou)
    assert not (tmp_path / "runs/latest").exists()
    again = train(replace(config, trainer=TrainerConfig(epochs=1)), out=result.run, console=quiet)
    assert again.run.name == "name-2"


def test_evaluation_of_the_best_gives_what_training_logged(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=3, ema=0.9))
    result = train(config, out=tmp_path / "run", console=quiet)
    dataset = open_dataset("idd_lite", config.data.root)
    scores = evaluate(load_model(result.run, precision="32"), dataset)
    assert scores.miou == pytest.approx(result.miou, abs=1e-9)


@pytest.mark.parametrize(  # 4 batches an epoch
    ("stops", "workers", "accumulate"), [((6,), 2, 1), ((1, 12), 0, 1), ((3,), 0, 2)]
)
def test_a_resumed_run_ends_with_the_same_bits(
    tiny_config: TinyConfig,
    tmp_path: Path,
    quiet: Console,
    monkeypatch: pytest.MonkeyPatch,
    stops: tuple[int, ...],
    workers: int,
    accumulate: int,
) -> None:
    trainer = TrainerConfig(epochs=4, ema=0.9, accumulate=accumulate)
    config = tiny_config(trainer=trainer, batch_size=1)
    whole = train(config, out=tmp_path / "whole", console=quiet)

    steps = iter([*stops, -1])
    at = next(steps)
    monkeypatch.setattr(GracefulStop, "_agreed", lambda _, trainer: trainer.global_step == at)
    with pytest.raises(StoppedError):
        train(replace(config, num_workers=workers), out=tmp_path / "parts", console=quiet)
    for at in steps:
        if at < 0:
            resumed = resume(tmp_path / "parts", console=quiet)
        else:
            with pytest.raises(StoppedError):
                resume(tmp_path / "parts", console=quiet)

    assert resumed is not None
    assert equal(weights_of(whole.run), weights_of(resumed.run))
    assert resumed.miou == whole.miou
    rows, resumed_rows = (read_metrics(run / "metrics.csv") for run in (whole.run, resumed.run))
    assert len(rows) == 4
    assert resumed_rows == [pytest.approx(row, rel=1e-6, nan_ok=True) for row in rows]
    assert resume(tmp_path / "parts", console=quiet) is None


def test_stopping_leaves_a_message_that_says_how_to_go_on(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GracefulStop, "_agreed", lambda _, trainer: trainer.global_step == 1)
    with pytest.raises(StoppedError, match=r"effunet train --resume .*run"):
        train(tiny_config(), out=tmp_path / "run", console=quiet)


def test_accumulation_and_clipping_reach_the_optimiser(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=1, accumulate=2))
    train(config, out=tmp_path / "accumulated", console=quiet)
    state = torch.load(tmp_path / "accumulated/last.ckpt", weights_only=True)
    assert state["global_step"] == 1  # 2 batches

    still = replace(config, trainer=TrainerConfig(epochs=1, clip_norm=1e-12, precision="32"))
    still = replace(still, optim=OptimConfig(lr=1e-3, encoder_lr=1e-3, weight_decay=0.0))
    runs = {}
    for name, one in {
        "clipped": still,
        "free": replace(still, trainer=replace(still.trainer, clip_norm=0.0)),
    }.items():
        train(one, out=tmp_path / name, console=quiet)
        runs[name] = torch.load(tmp_path / name / "last.ckpt", weights_only=True)
    moments = {
        name: max(
            float(state["exp_avg"].abs().max())
            for state in run["optimizer_states"][0]["state"].values()
        )
        for name, run in runs.items()
    }
    assert moments["clipped"] < 1e-11 < moments["free"]


def test_early_stopping_ends_a_run_that_does_not_improve(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=30, patience=2))
    config = replace(config, optim=OptimConfig(lr=0.0, encoder_lr=0.0))
    train(config, out=tmp_path / "run", console=quiet)
    rows = read_metrics(tmp_path / "run/metrics.csv")
    assert len(rows) < 30
    final = load_model(tmp_path / "run/final.safetensors")
    assert final.metrics["epoch"] == rows[-1]["epoch"]
    assert resume(tmp_path / "run", console=quiet) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"crop_size": (250, 320)}}, "crop_size .* not a multiple of 32"),
        ({"data": {"root": "nowhere"}}, "no idd_lite data"),
        ({"model": {"decoder": "deeplabv3"}, "batch_size": 1}, "batch_size 1"),
        ({"model": {"encoder": "resnet18", "variant": "b0"}}, "both given"),
        ({"device": "tpu"}, "no device"),
    ],
)
def test_a_run_that_cannot_start_leaves_nothing(
    tiny_config: TinyConfig,
    tmp_path: Path,
    quiet: Console,
    change: dict[str, Any],
    message: str,
) -> None:
    config = tiny_config()
    for name, value in change.items():
        part = replace(getattr(config, name), **value) if isinstance(value, dict) else value
        config = replace(config, **{name: part})
    with pytest.raises(InputError, match=message):
        train(config, out=tmp_path / "runs/run", console=quiet)
    assert not (tmp_path / "runs").exists()


def test_resume_without_a_run_says_so(tmp_path: Path, quiet: Console) -> None:
    with pytest.raises(InputError, match="cannot be resumed"):
        resume(tmp_path, console=quiet)


def test_the_checkpoint_says_what_the_run_was(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config()
    result = train(config, out=tmp_path / "run", console=quiet)
    model = load_model(result.run)
    assert isinstance(config, TrainConfig)
    assert json.loads(json.dumps(model.config))["data"]["crop_size"] == [32, 64]
    assert model.metrics["val/miou"] == pytest.approx(result.miou)


def test_no_folder_of_the_machine_is_in_a_checkpoint(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config()
    first = train(config, out=tmp_path / "runs/first", console=quiet)
    tuned = replace(config, name=str(tmp_path / "named"))
    tuned = replace(tuned, model=replace(config.model, weights=str(first.run)))
    second = train(tuned, out=tmp_path / "runs/second", console=quiet)
    for name in ("best.safetensors", "final.safetensors"):
        with safe_open(second.run / name, framework="pt") as file:
            header = file.metadata()["effunet"]
        assert str(tmp_path) not in header
        described = json.loads(header)["config"]
        assert described["data"]["name"] == "idd_lite"
        assert described["data"]["root"] == "idd20k_lite"
        assert described["model"]["weights"] == "first"
    assert str(tmp_path / "idd20k_lite") in (second.run / "config.yaml").read_text()


def test_a_tuned_run_takes_the_input_scale_it_starts_from(
    tiny_config: TinyConfig, tmp_path: Path
) -> None:
    config = tiny_config()
    scaled = replace(config, data=replace(config.data, input_scale=1.5))
    console = Console(file=io.StringIO(), soft_wrap=True)
    first = train(scaled, out=tmp_path / "first", console=console)
    tuned = replace(config, model=replace(config.model, weights=str(first.run)))
    second = train(tuned, out=tmp_path / "second", console=console)
    assert load_model(second.run).segmenter.input_scale == 1.5
    written = config_from_dict(yaml.safe_load((second.run / "config.yaml").read_text()))
    assert written.data.input_scale == 1.5
    assert isinstance(console.file, io.StringIO)
    assert "input_scale 1.5, as the run was trained with" in console.file.getvalue()


def test_the_final_model_is_the_last_epochs_whatever_the_best_is(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=3))
    config = replace(config, optim=OptimConfig(lr=0.1, encoder_lr=0.1, warmup_epochs=0))
    result = train(config, out=tmp_path / "run", console=quiet)
    rows = read_metrics(tmp_path / "run/metrics.csv")
    final = load_model(result.run / "final.safetensors", precision="32")
    assert final.metrics["epoch"] == 2
    assert final.metrics["val/miou"] == pytest.approx(rows[-1]["val/miou"])
    scores = evaluate(final, open_dataset("idd_lite", config.data.root))
    assert scores.miou == pytest.approx(final.metrics["val/miou"], abs=1e-9)
    network = load_file(result.run / "final.safetensors")
    last = weights_of(result.run)
    assert equal({f"segmenter.network.{name}": value for name, value in network.items()}, last)


def test_with_ema_the_best_holds_the_average_and_training_goes_on_with_its_own(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    ends = {}
    for name, ema in (("plain", 0.0), ("averaged", 0.9)):
        config = tiny_config(trainer=TrainerConfig(epochs=1, ema=ema))
        train(config, out=tmp_path / name, console=quiet)
        ends[name] = weights_of(tmp_path / name)
    assert equal(ends["plain"], ends["averaged"])

    state = torch.load(tmp_path / "averaged/last.ckpt", weights_only=True)
    average = state["callbacks"]["Ema"]["average"]
    for kept in ("best", "final"):  # one epoch, so that they are the same
        found = load_file(tmp_path / f"averaged/{kept}.safetensors")
        assert equal({f"network.{name}": value for name, value in found.items()}, average)
    raw = {name.removeprefix("segmenter."): value for name, value in state["state_dict"].items()}
    assert not equal(raw, average)


def test_the_average_follows_its_formula(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    """After one step from w0 to w1 the decay is 2 / 11, so the average is 2/11 w0 + 9/11 w1."""
    config = tiny_config(trainer=TrainerConfig(epochs=1, ema=0.9, limit_train_batches=1))
    before = replace(config, optim=OptimConfig(lr=0.0, encoder_lr=0.0))
    train(before, out=tmp_path / "before", console=quiet)
    train(config, out=tmp_path / "after", console=quiet)
    name = "network.segmentation_head.0.weight"
    start = weights_of(tmp_path / "before")[f"segmenter.{name}"]
    state = torch.load(tmp_path / "after/last.ckpt", weights_only=True)
    assert state["global_step"] == 1
    end = state["state_dict"][f"segmenter.{name}"]
    average = state["callbacks"]["Ema"]["average"][name]
    torch.testing.assert_close(average, 2 / 11 * start + 9 / 11 * end)
    assert not torch.equal(start, end)


def test_val_batches_can_be_limited(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=1, limit_val_batches=1))
    train(config, out=tmp_path / "run", console=quiet)
    state = torch.load(tmp_path / "run/last.ckpt", weights_only=True)
    counted = torch.tensor(state["callbacks"]["KeepBest"]["confusion"]).sum()
    assert counted == 2 * 47 * 64  # the void row of each of two pictures is not counted


def test_the_rate_moves_with_every_step(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=2))
    config = replace(config, optim=OptimConfig(lr=1.0, encoder_lr=1.0, warmup_epochs=0))
    train(config, out=tmp_path / "run", console=quiet)
    after = [row["lr"] for row in read_metrics(tmp_path / "run/metrics.csv")]  # 2 of 4 steps, and 4
    assert after == pytest.approx([0.5**0.9, 0.0])


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


def test_a_run_folder_need_not_be_utf_8(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    run = tmp_path / os.fsdecode(b"stra\xdfe")
    result = train(tiny_config(), out=run, console=quiet)
    assert result.run == run
    assert {path.name for path in run.iterdir()} >= {"report.html", "val_grid.jpg", "last.ckpt"}
    assert load_model(run).path == run / "best.safetensors"
    assert resume(run, console=quiet) is None
