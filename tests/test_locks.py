"""A folder is one process's, and its alone for as long as it lives."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from effunet import locks
from effunet.errors import InputError
from effunet.locks import LOCK, alone_in

# Holds the folder, says so, and lives on in a child that a killed parent does not take along.
_HOLD = """
import os, sys, time
from pathlib import Path
from effunet.locks import alone_in
with alone_in(Path(sys.argv[1])):
    child = os.fork()
    if child:
        print(child, flush=True)
    time.sleep(600)
"""


def hold(folder: Path) -> tuple["subprocess.Popen[str]", int]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def take(folder: Path) -> None:
    with alone_in(folder):
        pass


def test_a_killed_process_lets_go_though_its_children_live(tmp_path: Path) -> None:
    process, child = hold(tmp_path)
    try:
        with pytest.raises(InputError, match=f"process {process.pid} on {socket.gethostname()}"):
            take(tmp_path)
        process.kill()
        process.wait()
        os.kill(child, 0)  # it is there
        take(tmp_path)
    finally:
        os.kill(child, signal.SIGKILL)
        assert process.stdout is not None
        process.stdout.close()
    assert not list(tmp_path.iterdir())


def test_a_process_keeps_what_it_holds_from_itself(tmp_path: Path) -> None:
    with alone_in(tmp_path):
        with pytest.raises(InputError, match="another command"):
            take(tmp_path)
        process = subprocess.run(  # and still holds it
            [sys.executable, "-c", _HOLD, str(tmp_path)], capture_output=True, check=False
        )
    assert b"another command" in process.stderr
    take(tmp_path)


def test_of_many_that_come_at_once_one_at_a_time_has_the_folder(tmp_path: Path) -> None:
    """The file that a holder removes is not the one that the next one locks."""
    script = """
import os, sys, time
from pathlib import Path
from effunet.errors import InputError
from effunet.locks import alone_in
folder, end = Path(sys.argv[1]), time.monotonic() + 2
while time.monotonic() < end:
    try:
        with alone_in(folder):
            os.close(os.open(folder / "inside", os.O_CREAT | os.O_EXCL))
            os.unlink(folder / "inside")
    except InputError:
        pass
"""
    racing = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) for _ in range(4)]
    assert [process.wait() for process in racing] == [0, 0, 0, 0]


@pytest.fixture
def _no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that locks no files, and short waits."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.lockf", refuse)
    monkeypatch.setattr(locks, "_BEAT", 0.05)


@pytest.mark.usefixtures("_no_locks")
def test_without_locks_the_file_says_who_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with alone_in(tmp_path):
        stamp = (tmp_path / LOCK).stat().st_mtime_ns
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(locks, "_held", set())  # as another process sees it
            with pytest.raises(InputError, match=f"process {os.getpid()} on"):
                take(tmp_path)
        while (tmp_path / LOCK).stat().st_mtime_ns == stamp:  # a sign of life
            time.sleep(0.01)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("_no_locks")
@pytest.mark.parametrize(
    ("host", "silent", "free"), [("far", 3, False), ("far", 90, True), ("here", 3, True)]
)
def test_without_locks_a_silent_or_dead_holder_gives_way(
    host: str, silent: int, free: bool, tmp_path: Path
) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    name = socket.gethostname() if host == "here" else "far-away"
    (tmp_path / LOCK).write_text(f"{name} {gone.pid} 0123\n")
    then = time.time() - silent
    os.utime(tmp_path / LOCK, (then, then))
    if free:
        take(tmp_path)
        assert not list(tmp_path.iterdir())
    else:
        with pytest.raises(InputError, match="on far-away"):
            take(tmp_path)


@pytest.mark.usefixtures("_no_locks")
def test_without_locks_one_of_many_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(set[tuple[int, int]]):
        def __contains__(self, key: object) -> bool:
            return False

    monkeypatch.setattr(locks, "_held", Forgetful())
    monkeypatch.setattr(locks, "_guard", threading.Semaphore(8))
    monkeypatch.setattr(locks, "_BEAT", 0.3)
    inside = threading.Event()
    start = threading.Barrier(8)

    def race(_: int) -> bool:
        start.wait()
        try:
            with alone_in(tmp_path):
                inside.wait(5)
                return True
        except InputError:
            return False

    with ThreadPoolExecutor(8) as pool:
        outcomes = pool.map(race, range(8))
        time.sleep(1)
        inside.set()
        assert sum(outcomes) == 1
