"""One of two processes is killed, stopped or out of memory: the other ends too, in one message."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..commands import words_of

SCRIPT = Path(__file__).with_name("short_watch.py")


def _words(root: Path, out: Path) -> list[str]:
    options = {
        "data.root": root,
        "data.crop_size": "[32,64]",
        "model.weights": "none",
        "model.decoder_channels": "[8,8,8,8,8]",
        "trainer.epochs": 10**4,
        "trainer.precision": "32",
        "batch_size": 2,
        "num_workers": 0,
        "device": "cpu",
        "out": out,
    }
    return words_of(options)


def _start(rank: int, port: int, words: list[str], *, cwd: Path) -> subprocess.Popen[str]:
    """One of two processes, told where it stands as torchrun tells it, which kills none here."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    told = {name: str(value) for name, value in (place | meeting).items()}
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *words],
        env=os.environ | {"OMP_NUM_THREADS": "1", "GROUP_RANK": "0"} | told,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def _two_ranks(
    root: Path, here: Path, *, out_of_memory: int = -1
) -> Iterator[list[subprocess.Popen[str]]]:
    """Started in the folder ``here``, with ``run`` in it for their folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [str(out_of_memory), *_words(root, Path("run"))]
    ranks = [_start(rank, port, words, cwd=here) for rank in range(2)]
    try:
        yield ranks
    finally:
        for rank in ranks:
            rank.kill()
            rank.communicate()


def _wait_for_an_epoch(run: Path) -> None:
    while not (run / "metrics.csv").is_file():  # pytest-timeout ends this
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("signum", "lost"),
    [
        (signal.SIGSTOP, 0),
        pytest.param(signal.SIGSTOP, 1, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, 0, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, 1, marks=pytest.mark.slow),
    ],
)
def test_a_lost_rank_ends_the_other_with_one_message(
    idd_lite_root: Path, tmp_path: Path, signum: signal.Signals, lost: int
) -> None:
    (tmp_path / "run").mkdir()  # so that the main process makes another one, which it must tell
    run = tmp_path / "run-2"
    with _two_ranks(idd_lite_root, tmp_path) as ranks:
        _wait_for_an_epoch(run)
        ranks[lost].send_signal(signum)
        _, said = ranks[1 - lost].communicate(timeout=60)
        assert ranks[1 - lost].returncode == 2, said
        assert said.count("effunet: ") == 1
        assert f"effunet: process {lost} of this run is lost" in said
        assert f"where: {run}\n" in said
        assert f"go on with: effunet train --resume {run}" in said
        assert "Traceback" not in said
        assert ranks[lost].wait(10) == -signal.SIGKILL  # a stopped one is not left behind


@pytest.mark.slow
@pytest.mark.parametrize("poor", [0, 1])
def test_a_rank_out_of_memory_ends_the_other_and_tells_it_alone(
    idd_lite_root: Path, tmp_path: Path, poor: int
) -> None:
    with _two_ranks(idd_lite_root, tmp_path, out_of_memory=poor) as ranks:
        said = [rank.communicate(timeout=120)[1] for rank in ranks]
        assert [rank.returncode for rank in ranks] == [2, 2], said
        assert "effunet: there is not enough memory" in said[poor]
        assert "--batch_size 1 --trainer.accumulate 2" in said[poor]
        assert "effunet: " not in said[1 - poor]
        assert "Traceback" not in "".join(said)


@pytest.mark.slow
def test_a_slow_rank_is_left_alone(idd_lite_root: Path, tmp_path: Path) -> None:
    with _two_ranks(idd_lite_root, tmp_path) as ranks:
        _wait_for_an_epoch(tmp_path / "run")
        for _ in range(3):  # stopped for less than the limit
            ranks[1].send_signal(signal.SIGSTOP)
            time.sleep(1)
            ranks[1].send_signal(signal.SIGCONT)
            time.sleep(1)
        assert [rank.poll() for rank in ranks] == [None, None]
