import io
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from rich.console import Console

from effunet.config import OptimConfig, TrainConfig, TrainerConfig
from effunet.errors import InputError
from effunet.files import file_sha256
from effunet.models import load_model
from effunet.run_folder import RunFolder
from effunet.training import RunConsole, StoppedError, resume, train
from effunet.training.learning.guard import StepGuard
from effunet.training.learning.task import SegmentationTask
from effunet.training.reporting.metrics_log import read_metrics
from effunet.training.state.checkpoints import Checkpoints
from effunet.training.state.course import Course
from effunet.training.state.rollback import DivergedError, roll_back, settled
from effunet.training.state.stopping import GracefulStop

from ...conftest import WriteIddLite
from ..conftest import TinyConfig
from ..faults import nan_pixels, states


@pytest.mark.parametrize("fault", ["rate", "weight"])
def test_a_run_that_diverges_ends_with_advice_and_keeps_nothing_that_is_not_finite(
    tiny_config: TinyConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    looked = StepGuard.on_validation_start

    def spoilt(guard: StepGuard, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        next(task.parameters()).detach()[0] = math.nan
        looked(guard, trainer, task)

    lr = 1e20
    if fault == "weight":
        lr = 1e-3
        monkeypatch.setattr(StepGuard, "on_validation_start", spoilt)
    console = RunConsole(io.StringIO())
    config = tiny_config(trainer=TrainerConfig(epochs=3, ema=0.9))
    config = replace(config, optim=OptimConfig(lr=lr, encoder_lr=lr))
    with pytest.raises(
        DivergedError, match=r"3 times, the rate halved(.*\n)*.*lower --optim\.lr"
    ) as end:
        train(config, out=tmp_path / "run", console=console)
    assert end.value.exit_code == 2
    assert [line[:8] for line in _lines(console)].count("back    ") == 3
    assert not list((tmp_path / "run").glob("*.safetensors"))
    with pytest.raises(InputError):
        load_model(tmp_path / "run")
    for path in (tmp_path / "run/checkpoints").glob("*.ckpt"):
        state = torch.load(path, weights_only=True)["state_dict"]
        assert all(bool(value.isfinite().all()) for value in state.values())
    assert not [line for line in _lines(console) if line.startswith("epoch ") and "nan" in line]


@pytest.fixture
def lost(
    tiny_config: TinyConfig, write_idd_lite: WriteIddLite, tmp_path: Path
) -> tuple[TrainConfig, list[tuple[int, int]]]:
    """A run of 3 epochs of 8 batches, and five of them in a row to spoil."""
    root = write_idd_lite(tmp_path / "more", train=8)
    config = tiny_config(trainer=TrainerConfig(epochs=3, ema=0.9), batch_size=1)
    config = replace(config, data=replace(config.data, root=str(root)))
    return config, [(1, batch) for batch in range(2, 7)]


def test_five_skipped_steps_in_a_row_lead_back_to_the_epochs_start(
    lost: tuple[TrainConfig, list[tuple[int, int]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config, spoilt = lost
    nan_pixels(monkeypatch, spoilt)
    computed: list[tuple[int, int]] = []
    rates: list[float] = []
    step = SegmentationTask.on_train_batch_start

    def noted(task: SegmentationTask, batch: Any, batch_idx: int) -> None:  # noqa: ANN401
        computed.append((task.current_epoch, batch_idx))
        rates.append(task.trainer.optimizers[0].param_groups[0]["lr"])
        step(task, batch, batch_idx)

    monkeypatch.setattr(SegmentationTask, "on_train_batch_start", noted)
    seen = states(monkeypatch)
    console = RunConsole(io.StringIO())
    train(config, out=tmp_path / "run", console=console)
    epochs = [[(epoch, batch) for batch in range(8)] for epoch in range(3)]
    assert computed == [*epochs[0], *epochs[1][:7], *epochs[1], *epochs[2]]
    assert rates[15] == rates[8] / 2  # the very first step after it
    assert rates[15:] == sorted(rates[15:], reverse=True)
    first, last = spoilt[0], (1, 7)
    assert _same(seen[first], seen[last])  # left out
    assert not _same(seen[last], seen[2, 0])
    (back,) = [line for line in _lines(console) if line.startswith("back")]
    assert "to the end of epoch 1, as 5 steps in a row are not finite" in back
    assert "epoch 2, batch 3" in back
    assert "0.5 of the rate, 5 batches left out" in back
    rows = read_metrics(tmp_path / "run/metrics.csv")
    assert [row["train/skipped"] for row in rows] == [0, 0, 0]
    assert all(math.isfinite(row["train/loss"]) for row in rows)


@pytest.mark.parametrize("stop", [9, 18], ids=["in-the-lost-epoch", "after-it"])
def test_a_run_resumed_after_a_roll_back_ends_with_the_same_bits(
    lost: tuple[TrainConfig, list[tuple[int, int]]],
    tmp_path: Path,
    quiet: Console,
    monkeypatch: pytest.MonkeyPatch,
    stop: int,
) -> None:
    config, spoilt = lost
    nan_pixels(monkeypatch, spoilt)
    train(config, out=tmp_path / "whole", console=quiet)

    def asked(stop_: GracefulStop, trainer: Any) -> bool:  # noqa: ANN401
        return trainer.global_step == stop and (tmp_path / "parts/rollbacks.json").is_file()

    with monkeypatch.context() as stopping:
        stopping.setattr(GracefulStop, "_agreed", asked)
        with pytest.raises(StoppedError):
            train(config, out=tmp_path / "parts", console=quiet)
    assert resume(tmp_path / "parts", console=quiet) is not None
    whole, parts = (
        torch.load(tmp_path / name / "last.ckpt", weights_only=True) for name in ("whole", "parts")
    )
    for part in ("state_dict", "optimizer_states", "lr_schedulers"):
        assert _equal(whole[part], parts[part]), part
    assert _equal(whole["callbacks"]["Ema"], parts["callbacks"]["Ema"])
    rows = [read_metrics(tmp_path / name / "metrics.csv") for name in ("whole", "parts")]
    assert rows[0] == [pytest.approx(row, rel=1e-6, nan_ok=True) for row in rows[1]]


def test_a_kill_while_going_back_leaves_no_state_of_the_abandoned_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path)
    for batches in (0, 8, 11, 13):
        _state(folder, batches)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Checkpoints, "drop_after", killed)
        with pytest.raises(KeyboardInterrupt):
            _back(folder)
    assert Checkpoints(folder).newest_valid(say=print).name == "13.ckpt"
    course = settled(folder)
    assert course == Course(rate=0.5, left_out=frozenset({(1, 5)}), lost=("loss is nan",))
    assert sorted(path.name for path in folder.checkpoints.iterdir()) == [
        *("0.ckpt", "0.ckpt.sha256", "8.ckpt", "8.ckpt.sha256")
    ]
    assert folder.last.resolve().name == "8.ckpt"
    (folder.checkpoints / "9.ckpt").write_bytes(b"of the new course")
    assert settled(folder) == course
    assert (folder.checkpoints / "9.ckpt").is_file()


def test_the_fourth_time_there_is_no_way_back(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with pytest.raises(DivergedError):
        _back(folder)  # no state either
    assert not folder.rollbacks.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rate": "x"}', "[" * 100_000, " " * (5 << 20)])
def test_a_broken_record_is_told_in_one_message(tmp_path: Path, text: str) -> None:
    folder = RunFolder(tmp_path)
    folder.rollbacks.write_text(text)
    with pytest.raises(InputError, match="record of the run's roll-backs cannot be read"):
        settled(folder)


@pytest.mark.parametrize(
    "edit",
    [
        *({"rate": rate} for rate in (math.nan, math.inf, -math.inf, 0, -0.5, 2, None, 10**400)),
        *({"left_out": places} for places in ([[-1, 0]], [[0.5, 1]], [[1]], [[1, 1e400]], 3, "ab")),
        *({"lost": reasons} for reasons in (["x"] * 4, ["x" * 2000], None)),
        *({"leaving": state} for state in (-1, 7, 9, 1e400, "8", True, 10**30)),
    ],
    ids=str,
)
def test_an_edited_record_removes_nothing(tmp_path: Path, edit: dict[str, Any]) -> None:
    folder = RunFolder(tmp_path)
    for batches in (0, 8, 9):
        _state(folder, batches)
    (folder.checkpoints / "9.ckpt").write_bytes(b"cut")
    sound = {"rate": 0.5, "left_out": [[1, 5]], "lost": ["loss is nan"], "leaving": 8}
    folder.rollbacks.write_text(json.dumps(sound | edit))
    before = sorted(folder.checkpoints.iterdir())
    with pytest.raises(InputError, match="record of the run's roll-backs cannot be read"):
        settled(folder)
    assert sorted(folder.checkpoints.iterdir()) == before
    folder.rollbacks.write_text(json.dumps(sound))
    assert settled(folder) == Course(0.5, frozenset({(1, 5)}), ("loss is nan",))


def test_a_run_that_kept_one_state_goes_back_to_it(
    lost: tuple[TrainConfig, list[tuple[int, int]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config, spoilt = lost
    console = RunConsole(io.StringIO())
    short = replace(config, trainer=replace(config.trainer, epochs=1))
    folder = RunFolder(train(short, out=tmp_path / "run", console=console).run)
    _keep_one(folder)
    nan_pixels(monkeypatch, spoilt)
    assert resume(folder.path, changes={"trainer.epochs": 2}, console=console) is not None
    (back,) = [line for line in _lines(console) if line.startswith("back")]
    assert "to the end of epoch 1, as 5 steps in a row" in back
    assert folder.last.resolve().name == "16.ckpt"


def test_a_single_state_from_within_an_epoch_is_none_to_go_back_to(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as stopping:
        stopping.setattr(GracefulStop, "_agreed", lambda _, trainer: trainer.global_step == 1)
        with pytest.raises(StoppedError):
            train(tiny_config(), out=tmp_path / "run", console=quiet)
    folder = RunFolder(tmp_path / "run")
    _keep_one(folder)
    adopted: list[Path] = []
    monkeypatch.setattr(Checkpoints, "adopt", lambda _, state, **__: adopted.append(state))
    assert resume(folder.path, console=quiet) is not None
    assert not adopted


def test_a_run_does_not_forget_its_roll_backs(
    lost: tuple[TrainConfig, list[tuple[int, int]]],
    tmp_path: Path,
    quiet: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config, spoilt = lost
    nan_pixels(monkeypatch, spoilt)

    def asked(stop: GracefulStop, trainer: Any) -> bool:  # noqa: ANN401
        return trainer.global_step == 9 and stop.folder.rollbacks.is_file()

    with monkeypatch.context() as stopping:
        stopping.setattr(GracefulStop, "_agreed", asked)
        with pytest.raises(StoppedError):
            train(config, out=tmp_path / "run", console=quiet)
    folder = RunFolder(tmp_path / "run")
    record = folder.rollbacks.read_text()
    sound = json.loads(record)
    edits: list[dict[str, Any]] = [{"rate": 1.0}, {"left_out": []}, {"lost": ["another"]}]
    for edit in edits:
        folder.rollbacks.write_text(json.dumps(sound | edit))
        with pytest.raises(InputError, match=r"roll-backs was changed(.*\n)*.* holds others"):
            resume(folder.path, console=quiet)
    folder.rollbacks.unlink()
    with pytest.raises(InputError, match=r"roll-backs was changed(.*\n)*.* holds 0"):
        resume(folder.path, console=quiet)
    folder.rollbacks.write_text(record)
    (folder.checkpoints / "9.ckpt").unlink()
    assert Checkpoints(folder).newest_valid(say=print).name == "8.ckpt"  # from before it
    assert resume(folder.path, console=quiet) is not None


def test_weights_that_are_not_finite_accuse_no_picture(
    tiny_config: TinyConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nan_pixels(monkeypatch, [(0, 1)])  # the last batch before validation
    looked, spoilt = StepGuard.on_validation_start, [True]

    def spoil_once(guard: StepGuard, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        if spoilt:
            next(task.parameters()).detach()[0] = math.nan
            spoilt.clear()
        looked(guard, trainer, task)

    monkeypatch.setattr(StepGuard, "on_validation_start", spoil_once)
    console = RunConsole(io.StringIO())
    train(tiny_config(), out=tmp_path / "run", console=console)
    (back,) = [line for line in _lines(console) if line.startswith("back")]
    assert "as the weights are not finite after epoch 1: goes on" in back
    assert "1 batch left out" in back


def test_the_record_is_plain_json(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    _state(folder, 8)
    _back(folder)
    assert json.loads(folder.rollbacks.read_text())["leaving"] is None


def _keep_one(folder: RunFolder) -> None:
    """As versions did that kept no others."""
    state = folder.last.read_bytes()
    shutil.rmtree(folder.checkpoints)
    folder.last.unlink()
    folder.last.write_bytes(state)


def _state(folder: RunFolder, batches: int) -> None:
    path = folder.checkpoints / f"{batches}.ckpt"
    path.parent.mkdir(exist_ok=True)
    epoch, done = divmod(batches - 1, 8)  # the start is as if an epoch had ended before it
    progress = {"is_last_batch": done == 7, "current": {"processed": done + 1}}
    epochs = {"current": {"processed": epoch + 1 if done == 7 else epoch}}
    loop = {"epoch_loop.batch_progress": progress, "epoch_progress": epochs}
    tensors: dict[str, Any] = {"state_dict": {}, "optimizer_states": [], "callbacks": {}}
    torch.save({"epoch": epoch, "loops": {"fit_loop": loop}, **tensors}, path)
    path.with_name(f"{path.name}.sha256").write_text(f"{file_sha256(path)}  {path.name}\n")


def _back(folder: RunFolder) -> None:
    roll_back(folder, Course(), why="loss is nan", left_out=[(1, 5)], batches_an_epoch=8)


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - states as they come
    return _equal(one["weights"], other["weights"]) and _equal(one["optimiser"], other["optimiser"])


def _equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - states as they come
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)


def _lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()
