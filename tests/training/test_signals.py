"""Signals at every moment of a run: the documented exit code, and a state to go on from."""

import csv
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import effunet
from effunet.config import TrainerConfig
from effunet.run_folder import RunFolder
from effunet.training import StoppedError, resume, train
from effunet.training.state.checkpoints import Checkpoints

from ..commands import words_of
from .conftest import TinyConfig, equal, weights_of
from .signalling import PLACES, send_at

CODES = {"SIGTERM": 143, "SIGUSR1": 138, "SIGINT": 130}

Case = tuple[str, str, str, int, int]
"""Place, signal, to whom, how often, loader processes."""

FEW: list[Case] = [
    ("start", "SIGUSR1", "process", 1, 0),
    ("step", "SIGTERM", "group", 2, 2),
]
ALL: list[Case] = [
    (place, signum, to, 1, workers)
    for place, signum, to, workers in itertools.product(
        PLACES, ("SIGTERM", "SIGUSR1"), ("process", "group"), (0, 2)
    )
]
ALL += [(place, "SIGINT", "group", 1, 2) for place in PLACES]
ALL += [("step", signum, "group", 2, 2) for signum in CODES]
ALL += [("saving", signum, "process", 2, 0) for signum in ("SIGTERM", "SIGUSR1")]


def _signalled(case: Case, root: Path, run: Path) -> None:
    place, signum, to, times, workers = case
    options = {
        "data.root": root,
        "data.crop_size": "[32,64]",
        "model.weights": "none",
        "model.decoder_channels": "[16,16,8,8,8]",
        "trainer.epochs": 1000,
        "trainer.precision": 32,
        "batch_size": 2,
        "num_workers": workers,
        "device": "cpu",
        "out": run,
    }
    words = words_of(options)
    script = Path(__file__).with_name("signalling.py")
    with subprocess.Popen(
        [sys.executable, str(script), place, signum, to, str(times), "train", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(Path(effunet.__file__).parents[1])},
    ) as process:
        _, said = process.communicate(timeout=240)
    assert process.returncode == CODES[signum], said
    assert said.startswith("effunet: ")
    assert said.count("\n") == said.count("\n  ") + 1, said
    with pytest.raises(ProcessLookupError):  # nobody of its group is left
        os.killpg(process.pid, 0)
    again = place == "step" and signum == "SIGINT" and times == 2
    if place == "start":
        assert "give the same command again" in said
        assert not RunFolder(run).begun
    else:
        assert f"effunet train --resume {run}" in said
        valid = Checkpoints(RunFolder(run)).newest_valid(say=pytest.fail)
        if not again:  # a second Ctrl-C may end at once, or count as one with the first
            assert (int(valid.stem) > 0) is (place in ("step", "validation", "saving"))
        assert not list(run.rglob("*.part"))


@pytest.mark.parametrize("case", FEW, ids=str)
def test_a_signal_ends_with_its_code_and_a_state(
    case: Case, idd_lite_root: Path, tmp_path: Path
) -> None:
    _signalled(case, idd_lite_root, tmp_path / "run")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fifty_signals_end_with_their_codes_and_a_state(
    idd_lite_root: Path, tmp_path: Path
) -> None:
    assert len(ALL) == 50
    for number, case in enumerate(ALL):
        _signalled(case, idd_lite_root, tmp_path / f"run{number}")


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_a_validation_that_was_interrupted_is_done_anew(
    workers: int,
    tiny_config: TinyConfig,
    tmp_path: Path,
    quiet: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=2, ema=0.9), num_workers=workers)
    train(config, out=tmp_path / "straight", console=quiet)
    owner, name, _ = PLACES["validation"]
    with monkeypatch.context() as patches:
        patches.setattr(owner, name, getattr(owner, name))  # put back afterwards
        send_at("validation", lambda: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(StoppedError, match="everything up to this step is saved"):
            train(config, out=tmp_path / "stopped", console=quiet)
    resume(tmp_path / "stopped", console=quiet)
    assert equal(weights_of(tmp_path / "straight"), weights_of(tmp_path / "stopped"))
    straight, stopped = (_metrics(tmp_path / run) for run in ("straight", "stopped"))
    assert straight == stopped
    best = [tmp_path / run / "best.safetensors" for run in ("straight", "stopped")]
    assert best[0].read_bytes() == best[1].read_bytes()


def _metrics(run: Path) -> list[dict[str, str]]:
    rows = csv.DictReader((run / "metrics.csv").read_text().splitlines())
    return [{name: row[name] for name in row if "/" in name} for row in rows]
