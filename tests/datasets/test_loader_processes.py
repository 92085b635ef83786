"""Loader processes that are signalled, stopped, killed, left alone, or without shared memory."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset

import effunet
from effunet import heartbeat
from effunet.datasets import BatchLoader, Sample, processes_that_fit
from effunet.errors import InputError

_BATCHES = [[index, index + 1] for index in range(0, 40, 2)]


class _Numbers(Dataset[Sample]):
    def __getitem__(self, index: int) -> Sample:
        image = np.full((4, 4, 3), index, np.uint8)
        return {"image": image, "mask": image[..., 0], "path": str(os.getpid())}


def _loader(*, on_loss: Callable[[InputError], None] | None = None) -> BatchLoader:
    return BatchLoader(
        _Numbers(),
        batch_sampler=_BATCHES,
        num_workers=2,
        persistent_workers=True,
        on_loss=on_loss,
    )


def _first(loader: BatchLoader, *, then: Callable[[int], None]) -> list[int]:
    """The first pixel of every picture; ``then`` gets a loader process's pid after two batches."""
    seen: list[int] = []
    for number, batch in enumerate(loader):
        seen += batch["mask"][:, 0, 0].tolist()
        if number == 1:
            then(int(batch["path"][0]))
    return seen


def _send(signum: signal.Signals) -> Callable[[int], None]:
    return lambda pid: os.kill(pid, signum)


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LIMIT", 2.0)
    monkeypatch.setattr(heartbeat, "EVERY", 0.1)


def test_the_signals_of_a_run_are_left_to_its_main_process() -> None:
    def send_all(pid: int) -> None:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            os.kill(pid, signum)

    loader = _loader()
    for _ in range(2):  # persistent ones live on into a second epoch
        assert _first(loader, then=send_all) == list(range(40))
    assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize(
    ("signum", "what", "why"),
    [
        (signal.SIGSTOP, "a process that loads pictures has stopped", "no sign of life"),
        (signal.SIGKILL, "a process that loads pictures died", "was killed by SIGKILL"),
    ],
)
def test_a_process_that_is_lost_is_named(signum: signal.Signals, what: str, why: str) -> None:
    pids: list[int] = []

    def lose(pid: int) -> None:
        pids.append(pid)
        os.kill(pid, signum)

    with pytest.raises(InputError, match=what) as caught:
        _first(_loader(), then=lose)
    assert f"(pid {pids[0]}) " in str(caught.value.why)
    assert why in str(caught.value.why)


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize("signum", [signal.SIGSTOP, signal.SIGKILL])
def test_who_ends_where_it_suits_gets_the_same_batches(signum: signal.Signals) -> None:
    faults: list[InputError] = []
    assert _first(_loader(on_loss=faults.append), then=_send(signum)) == list(range(40))
    assert len(faults) == 1


@pytest.mark.usefixtures("_soon")
def test_a_slow_picture_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Dataset[Sample]):
        def __getitem__(self, index: int) -> Sample:
            signal.sigtimedwait([signal.SIGUSR2], 4)  # twice the limit
            return _Numbers()[index]

    loader = BatchLoader(Slow(), batch_sampler=[[0]], num_workers=1)
    assert [batch["mask"].tolist() for batch in loader] == [torch.zeros(1, 4, 4).tolist()]


@pytest.mark.slow
def test_two_thousand_batches_leave_nothing_behind() -> None:
    def held(pids: list[int]) -> tuple[int, int]:
        """Open files and resident bytes of all."""
        statuses = [Path(f"/proc/{pid}/statm").read_text().split() for pid in pids]
        files = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
        return files, sum(int(status[1]) for status in statuses) * resource.getpagesize()

    loader = _loader()
    pids = [os.getpid(), *{int(batch["path"][0]) for batch in loader}]
    for _ in range(10):
        assert len(list(loader)) == 20
    files, size = held(pids)
    for _ in range(100):
        assert len(list(loader)) == 20
    files_then, size_then = held(pids)
    assert files_then <= files + 4  # a batch that is on its way
    assert size_then - size < 4e6


_KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import test_loader_processes as tests
for batch in tests._loader():
    print(batch["path"][0], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_they_end_with_a_main_process_that_is_killed() -> None:
    root, here = Path(effunet.__file__).parents[1], Path(__file__).parent
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(here)],
        stdout=subprocess.PIPE,  # its end is waited for: each process holds it open
        env=os.environ | {"PYTHONPATH": str(root)},
        check=False,
        timeout=60,
    )
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout


@pytest.mark.parametrize(("batch", "fit"), [(1e6, 4), (10e6, 2), (19e6, 1), (31e6, 0), (90e6, 0)])
def test_no_more_processes_than_shared_memory_has_room_for(
    batch: float, fit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Room:
        f_bavail, f_frsize = 64_000, 1000

    monkeypatch.setattr(os, "statvfs", lambda _: Room)
    count, why = processes_that_fit(4, batch_bytes=int(batch))
    assert count == fit
    assert (why is None) is (fit == 4)
    assert why is None or "--shm-size=" in why
    assert processes_that_fit(4, batch_bytes=int(batch), sharers=100)[0] == 0


_FULL = """
import multiprocessing, os, sys
sys.path.insert(0, sys.argv[1])
import test_loader_processes as tests
from effunet.errors import InputError
full = os.open("/dev/shm/full", os.O_CREAT | os.O_WRONLY)
def fill():
    try:
        while os.write(full, bytes(4096)):
            pass
    except OSError:
        pass
loading = iter(tests._loader())
next(loading)
fill()
for batches in (loading, tests._loader()):
    try:
        list(batches)
    except InputError as error:
        print(error)
    for killed in multiprocessing.active_children():
        killed.join()
    fill()  # what they had shared is free again
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small /dev/shm")
def test_shared_memory_that_fills_up_is_told() -> None:
    root, here = Path(effunet.__file__).parents[1], Path(__file__).parent
    mount = "mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "
    ended = subprocess.run(
        ["unshare", "-m", "sh", "-c", mount + '"$@"', "sh", sys.executable, "-c", _FULL, str(here)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
        check=False,
        timeout=60,
    )
    if "permission denied" in ended.stderr or "Operation not permitted" in ended.stderr:
        pytest.skip("no mounts in this container")
    assert ended.stdout.startswith("a process that loads pictures died"), ended.stderr
    assert "--shm-size=8g" in ended.stdout
    assert "no process that loads pictures could be started" in ended.stdout
    assert not ended.stderr
