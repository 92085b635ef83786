"""Signals as a shell and a scheduler send them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest


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
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
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
