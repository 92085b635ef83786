"""A run that is killed at any moment goes on from a whole state and loses no epoch it printed."""

import contextlib
import multiprocessing
import os
import random
import re
import signal
import time
from pathlib import Path

import pytest
from rich.console import Console

from effunet.config import TrainConfig, TrainerConfig
from effunet.run_folder import RunFolder
from effunet.training import resume, train
from effunet.training.state.checkpoints import Checkpoints
from effunet.training.state.resume import read_position

from ..conftest import TinyConfig

_EPOCHS = 100_000


def _go_on(config: TrainConfig, run: Path, log: Path, temporary: Path) -> None:
    os.environ["TMPDIR"] = str(temporary)
    with log.open("w") as file:
        console = Console(file=file, soft_wrap=True)
        if RunFolder(run).begun:
            resume(run, console=console)
        else:
            train(config, out=run, console=console)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "kills", [pytest.param(3, id="few"), pytest.param(200, id="many", marks=pytest.mark.slow)]
)
def test_kills_at_any_moment(tiny_config: TinyConfig, tmp_path: Path, kills: int) -> None:
    config = tiny_config(
        trainer=TrainerConfig(epochs=_EPOCHS, ema=0.9, checkpoint_minutes=1e-3), batch_size=1
    )
    run, log, dice = tmp_path / "run", tmp_path / "log", random.Random(0)
    forking, printed = multiprocessing.get_context("forkserver"), 0
    forking.set_forkserver_preload(["effunet.training.train"])  # imports once, computes nothing
    shared_memory = Path("/dev/shm")
    left: set[Path] = set()
    for kill in range(kills):
        temporary = shared_memory if kill % 2 and shared_memory.is_dir() else tmp_path
        log.unlink(missing_ok=True)
        process = forking.Process(target=_go_on, args=(config, run, log, temporary))
        process.start()
        began = time.monotonic()
        while "batch" not in _text(log) and "epoch " not in _text(log):
            assert process.is_alive(), _text(log)
            assert time.monotonic() - began < 120
            time.sleep(0.01)
        assert not left & _unfinished(run)  # the start removed what the last kill left
        time.sleep(dice.uniform(0, 1.5))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        printed = max([printed, *map(int, re.findall(r"epoch +(\d+)/\d+  loss", _text(log)))])
        newest = Checkpoints(RunFolder(run)).newest_valid(say=lambda _: None)
        assert read_position(newest, epochs=_EPOCHS, patience=0).epoch >= printed
        left = _unfinished(run)
    assert printed > 0


def _unfinished(run: Path) -> set[Path]:
    return {path for path in run.rglob("*") if path.suffix == ".part"}


def _text(log: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        return log.read_text()
    return ""
