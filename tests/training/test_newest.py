"""One command that is typed again and again trains one run to its end."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from effunet.__main__ import main
from effunet.config import TrainConfig, TrainerConfig, settings
from effunet.training import run_to_resume, train
from effunet.training.state.stopping import GracefulStop, StoppedError

from .conftest import TinyConfig


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("effunet.training.fitting.write_pages", lambda *_, **__: None)
    monkeypatch.setattr("effunet.training.reporting.metrics_log.try_to_draw", lambda *_, **__: True)


def words_of(config: TrainConfig) -> list[str]:
    stated = {
        name: value
        for name, value in settings(config).items()
        if value != settings(TrainConfig())[name]
    }
    return [word for name, value in stated.items() for word in (f"--{name}", str(value))]


def newest(config: TrainConfig, *given: str, out: Path | None = None) -> Path | None:
    return run_to_resume(config, given=given, resume="auto", out=out)[0]


def test_one_command_starts_goes_on_and_ends(
    tiny_config: TinyConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = replace(tiny_config(trainer=TrainerConfig(epochs=2)), name="road")
    words = ["train", *words_of(config), "--resume", "auto"]
    with monkeypatch.context() as patch:
        patch.setattr(GracefulStop, "_agreed", lambda _, trainer: trainer.global_step == 1)
        assert main(words) == 128  # and the number of the signal, which here is none
    assert main(words) == 0
    assert "resumed  at epoch 1, batch 2, from checkpoints/1.ckpt\n" in capsys.readouterr().out
    assert main(words) == 0
    assert "this run is finished" in capsys.readouterr().out
    assert {path.name for path in Path("runs/train").iterdir()} == {"road", "latest"}
    road = tmp_path / "runs/train/road"
    assert newest(replace(config, num_workers=3)) == road  # where it trains does not matter
    assert newest(replace(config, batch_size=1)) is None  # what it trains does
    assert newest(replace(config, name="other")) is None
    assert newest(replace(config, name="roa")) is None
    named, elsewhere = (
        replace(config, data=replace(config.data, **change))
        for change in ({"name": "idd_lite"}, {"root": None})
    )
    assert newest(named, "data.name") == road  # it was told by its files, which is the same
    assert newest(elsewhere) == road


def test_an_unfinished_run_of_something_else_is_not_left_behind(
    tiny_config: TinyConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = replace(tiny_config(trainer=TrainerConfig(epochs=3)), name="road")
    with monkeypatch.context() as patch:
        patch.setattr(GracefulStop, "_agreed", lambda _, trainer: trainer.global_step == 1)
        with pytest.raises(StoppedError):
            train(config, out=Path("runs/train/road"), console=Console(quiet=True))
    other = replace(config, batch_size=1, trainer=replace(config.trainer, epochs=9))
    assert main(["train", *words_of(other), "--resume", "auto"]) == 2
    assert "batch_size  2 -> 1" in capsys.readouterr().err

    second = Path("runs/train/road-2")
    shutil.copytree("runs/train/road", second, symlinks=True)
    (second / "last.ckpt").unlink()
    (second / "last.ckpt").symlink_to("checkpoints/1.ckpt")
    assert newest(config) == second.resolve()
    assert newest(config, out=Path("runs/train/road-2")) == second.resolve()
    assert newest(config, out=Path("runs/train/roa")) is None
    sound = Path("runs/train/road/config.yaml").read_text()
    Path("runs/train/road/config.yaml").write_text("data: [")
    assert newest(config) == second.resolve()  # whatever became of older ones
    Path("runs/train/road/config.yaml").write_text(sound)
    shutil.rmtree(second / "checkpoints")  # it never came to its first step
    (second / "last.ckpt").unlink()
    assert newest(config) == Path("runs/train/road").resolve()
