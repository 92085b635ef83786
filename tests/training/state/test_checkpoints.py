from pathlib import Path

import pytest
from rich.console import Console

from effunet.config import TrainerConfig
from effunet.run_folder import RunFolder
from effunet.training import resume, train
from effunet.training.state.checkpoints import Checkpoints
from effunet.training.state.stopping import GracefulStop, StoppedError

from ..conftest import TinyConfig


def test_the_newest_whole_state_is_gone_on_from(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    result = train(
        tiny_config(trainer=TrainerConfig(epochs=3)), out=tmp_path / "run", console=quiet
    )
    folder = RunFolder(result.run)
    kept = sorted(path.name for path in folder.checkpoints.iterdir())
    assert kept == ["4.ckpt", "4.ckpt.sha256", "6.ckpt", "6.ckpt.sha256"]
    assert folder.last.readlink() == Path("checkpoints/6.ckpt")
    said: list[str] = []
    states = Checkpoints(folder)
    assert states.newest_valid(say=said.append) == folder.checkpoints / "6.ckpt"
    assert not said

    newest = folder.checkpoints / "6.ckpt"
    damaged = bytearray(newest.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    newest.write_bytes(damaged)
    assert states.newest_valid(say=said.append) == folder.checkpoints / "4.ckpt"
    assert len(said) == 1
    assert "6.ckpt" in said[0]
    assert states.at_epoch_end(epoch=2) == folder.checkpoints / "4.ckpt"
    again = resume(folder.path, console=quiet)
    assert again is not None
    assert again.miou == pytest.approx(result.miou)


def test_only_whole_states_count_among_those_that_are_kept(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=2))
    with monkeypatch.context() as stopping:
        stopping.setattr(GracefulStop, "_agreed", lambda _, trainer: trainer.global_step == 3)
        with pytest.raises(StoppedError):
            train(config, out=tmp_path / "run", console=quiet)
    folder = RunFolder(tmp_path / "run")
    older = (folder.checkpoints / "2.ckpt").read_bytes()
    _cut(folder.checkpoints / "3.ckpt")
    assert resume(folder.path, console=quiet) is not None
    kept = {path.stem for path in folder.checkpoints.glob("*.ckpt")}
    assert kept == {"2", "3", "4"}  # as perhaps it can only not be read just now

    for number in (2, 4):
        _cut(folder.checkpoints / f"{number}.ckpt")
    folder.last.unlink()
    folder.last.write_bytes(older)  # as a version leaves it that keeps one
    said: list[str] = []
    assert Checkpoints(folder).newest_valid(say=said.append) == folder.last
    assert [line.split()[0] for line in said] == ["refused"] * 3 + ["note"]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def test_a_state_from_within_validation_is_no_end_of_an_epoch(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        GracefulStop,
        "_agreed",
        lambda _, trainer: trainer.validating and trainer.global_step == 4,
    )
    config = tiny_config(trainer=TrainerConfig(epochs=3))
    with pytest.raises(StoppedError):
        train(config, out=tmp_path / "run", console=quiet)
    folder = RunFolder(tmp_path / "run")
    states = Checkpoints(folder)
    assert states.newest_valid(say=lambda _: None) == folder.checkpoints / "4.ckpt"
    assert states.at_epoch_end(epoch=2) == folder.checkpoints / "2.ckpt"
