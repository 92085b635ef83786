"""Two processes learn what one learns from their batches put together."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from effunet.imaging import write_mask
from effunet.labels import LABEL_SPACES

from ..conftest import WriteIddLite
from .global_batch import run as train_alone

SCRIPT = Path(__file__).with_name("global_batch.py")


def _void(root: Path) -> None:
    """Leave two thirds of the training masks without a label."""
    palette = LABEL_SPACES["idd_lite"].palette_array()
    masks = sorted((root / "gtFine/train").rglob("*.png"))
    for index, path in enumerate(masks):
        if index % 3:
            write_mask(path, np.full((48, 64), 255, np.uint8), palette)


def _start(rank: int, port: int, words: list[str]) -> subprocess.Popen[str]:
    """One of two processes, told where it stands as torchrun tells it."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    told = {name: str(value) for name, value in (place | meeting).items()}
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *words],
        env=os.environ | {"OMP_NUM_THREADS": "1", "GROUP_RANK": "0"} | told,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize("term", ["cross_entropy", "focal"])
def test_two_processes_have_the_losses_of_one_with_their_batches_together(
    write_idd_lite: WriteIddLite, tmp_path: Path, term: str
) -> None:
    root = write_idd_lite(tmp_path / "idd20k_lite", train=16)
    _void(root)
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    port = _free_port()
    words = [str(root), term, "2", "2", str(two)]
    runs = [_start(rank, port, words) for rank in range(2)]
    train_alone(root, term, processes=1, batch_size=4, out=one)
    for run in runs:
        _, said = run.communicate(timeout=200)
        assert run.returncode == 0, said
    alone, shared = json.loads(one.read_text()), json.loads(two.read_text())
    assert len(alone["losses"]) == 20
    assert len(set(alone["losses"])) == 20
    assert shared["losses"] == pytest.approx(alone["losses"], abs=1e-9, rel=0)
    assert [sum(valid) for valid in shared["valid"]] == [sum(valid) for valid in alone["valid"]]
    assert any(min(valid) == 0 < max(valid) for valid in shared["valid"])  # all void on one alone
    assert any(0 < min(valid) < max(valid) for valid in shared["valid"])
