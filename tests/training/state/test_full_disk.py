"""A full disk or a quota while a state is saved: one message, and what was saved stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from effunet.run_folder import RunFolder
from effunet.training.state.checkpoints import Checkpoints

from ...commands import words_of

_TRAIN = """
import resource, sys
from pathlib import Path
from effunet.__main__ import main
from effunet.training.state import checkpointing

limit, run, words = float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
keep = checkpointing.KeepStates.on_train_epoch_end

def less_room(self, trainer, module):  # before the second epoch is saved
    size = next(run.glob("checkpoints/*.ckpt")).stat().st_size
    if trainer.current_epoch and limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(size * limit), resource.RLIM_INFINITY))
    elif trainer.current_epoch:
        free = run.with_name("filler")
        left = __import__("shutil").disk_usage(run).free - int(size * 0.5)
        free.write_bytes(bytes(max(0, left)))
    keep(self, trainer, module)

checkpointing.KeepStates.on_train_epoch_end = less_room
sys.exit(main(["train", *words, "--out", str(run)]))
"""


def _options(root: Path) -> list[str]:
    options = {
        "data.root": root,
        "data.crop_size": "[32,64]",
        "model.weights": "none",
        "model.decoder_channels": "[16,16,8,8,8]",
        "trainer.epochs": 5,
        "trainer.precision": 32,
        "batch_size": 2,
        "num_workers": 0,
        "device": "cpu",
    }
    return words_of(options)


def _told(done: "subprocess.CompletedProcess[str]", run: Path, why: str) -> None:
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("effunet: ") == 1
    assert "what was there before is intact" in done.stderr
    assert why in done.stderr
    assert f"effunet train --resume {run}" in done.stderr


def test_a_quota(idd_lite_root: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN, "0.5", str(run), *_options(idd_lite_root)],
        capture_output=True,
        text=True,
        check=False,
    )
    _told(done, run, "File too large")
    states = Checkpoints(RunFolder(run))
    assert states.newest_valid(say=lambda _: None) == run / "checkpoints/2.ckpt"
    assert not list(run.rglob("*.part"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(idd_lite_root: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    run = disk / "run"
    mount = f'mount -t tmpfs -o size=600M none "{disk}" && "$@"; code=$?'
    look = f'ls -A "{run}" "{run}/checkpoints"; exit $code'
    command = [sys.executable, "-c", _TRAIN, "0", str(run), *_options(idd_lite_root)]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"{mount}; {look}", "sh", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.splitlines()[0]}")
    _told(done, run, "No space left on device")
    assert "2.ckpt.sha256" in done.stdout
    assert ".part" not in done.stdout
