"""Signals as a shell and a scheduler send them."""

import io
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rich.console import Console

from effunet.config import TrainerConfig
from effunet.training import RunConsole, StoppedError, train
from effunet.training.reporting import progress

from ...commands import words_of
from ..conftest import TinyConfig


@pytest.mark.parametrize(
    ("signum", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGUSR1, 138)],
    ids=["ctrl-c", "term", "slurm"],
)
def test_a_signal_saves_the_run_and_names_the_way_on(
    signum: signal.Signals, code: int, idd_lite_root: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    options = {
        "data.root": idd_lite_root,
        "data.crop_size": "[32,64]",
        "model.weights": "none",
        "model.decoder_channels": "[16,16,8,8,8]",
        "trainer.epochs": 1000,
        "batch_size": 2,
        "num_workers": 0,
        "device": "cpu",
        "out": run,
    }
    words = words_of(options)
    with subprocess.Popen(
        [sys.executable, "-m", "effunet", "train", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("epoch "):
                process.send_signal(signum)
                break
        _, said = process.communicate(timeout=120)
    assert process.returncode == code
    assert f"effunet train --resume {run}" in said
    assert (run / "last.ckpt").is_file()


def test_training_runs_in_another_thread_than_the_main_one(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(train, tiny_config(), out=tmp_path / "run", console=quiet).result()
    assert result.epoch == 0
    assert signal.getsignal(signal.SIGTERM) is before


class _Lost(io.StringIO):
    """A pipe whose reader goes after the first line of progress."""

    def write(self, text: str) -> int:
        if "loss" in self.getvalue():
            raise BrokenPipeError
        return super().write(text)


def test_a_run_that_nobody_reads_stops_saved(
    tiny_config: TinyConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    config = tiny_config(trainer=TrainerConfig(epochs=50))
    console = RunConsole(_Lost())
    with pytest.raises(StoppedError, match="its output cannot be written, and everything") as end:
        train(config, out=tmp_path / "run", console=console)
    assert end.value.exit_code == 141
    assert (tmp_path / "run/last.ckpt").is_file()
