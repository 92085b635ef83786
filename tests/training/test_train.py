import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from rich.console import Console

from effunet.config import OptimConfig, TrainerConfig, config_from_dict
from effunet.datasets import open_dataset
from effunet.errors import InputError
from effunet.evaluation import evaluate
from effunet.models import load_model
from effunet.training import resume, train
from effunet.training.reporting.metrics_log import read_metrics
from effunet.training.state.stopping import GracefulStop, StoppedError

from .conftest import TinyConfig, equal, weights_of


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
    scaled = replace(config.data, name="idd_lite", input_scale=1.0)
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
        ({"data": {"root": "nowhere"}}, "no data set is recognised"),
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


def test_a_run_folder_need_not_be_utf_8(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    run = tmp_path / os.fsdecode(b"stra\xdfe")
    result = train(tiny_config(), out=run, console=quiet)
    assert result.run == run
    assert {path.name for path in run.iterdir()} >= {"report.html", "val_grid.jpg", "last.ckpt"}
    assert load_model(run).path == run / "best.safetensors"
    assert resume(run, console=quiet) is None
    longer = (run / "config.yaml").read_text().replace("epochs: 1\n", "epochs: 2\n")
    (run / "config.yaml").write_text(longer)
    resumed = resume(run, console=quiet)
    assert resumed is not None
    assert resumed.run == run
