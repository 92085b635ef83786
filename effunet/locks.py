"""One folder, one process: a lock that ends with the process that holds it."""

import errno
import fcntl
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError

LOCK = ".lock"
"""Name of the lock file inside the folder; gone when nobody holds it, unless it was killed."""

_BEAT = 10.0  # seconds between two signs of life, where the system locks no files
_PATIENCE = 60.0  # seconds without one after which the holder counts as dead
_TAKEN = {errno.EACCES, errno.EAGAIN}

# A process passes its own locks, and loses them when it closes any handle of the file, so it has to
# remember what it holds: the device and inode of each folder.
_held: set[tuple[int, int]] = set()
_guard = threading.Lock()


@dataclass(frozen=True)
class _Holder:
    """What a lock file says of the process that wrote it."""

    host: str
    pid: int
    token: str

    @classmethod
    def of_this_process(cls) -> "_Holder":
        return cls(socket.gethostname(), os.getpid(), secrets.token_hex(8))

    @classmethod
    def read(cls, content: bytes) -> "_Holder | None":
        match content.decode(errors="replace").split():
            case [host, pid, token] if pid.isdecimal():
                return cls(host, int(pid), token)
        return None

    def written(self) -> bytes:
        return f"{self.host} {self.pid} {self.token}\n".encode()

    def is_dead(self) -> bool:
        """Whether it ran on this machine and is gone."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:  # it belongs to somebody else
            return False
        return False


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for this process until the block ends.

    The lock is POSIX's, which is a process's own: a child that outlives a killed parent, as loader
    processes may, does not keep it. Where the file system locks no files, the lock file names the
    holder and is touched as a sign of life.

    Raises:
        InputError: Another command holds it.
        OSError: No file can be made in it.
    """
    status = folder.stat()
    key = status.st_dev, status.st_ino
    with _guard:
        if key in _held:
            raise _taken(folder, _Holder.of_this_process())
        release = _acquire(folder)
        _held.add(key)
    try:
        yield
    finally:
        with _guard:
            _held.discard(key)
            release()


def _acquire(folder: Path) -> Callable[[], None]:
    """Take the lock and return what gives it back."""
    path = folder / LOCK
    while True:
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _Holder.read(os.pread(held, 1024, 0))
            os.close(held)
            if error.errno in _TAKEN:
                raise _taken(folder, holder) from None
            return _acquire_by_name(folder, holder)
        if _leads_to(path, held):
            break
        os.close(held)  # its last holder removed the file between our two calls
    os.truncate(held, 0)
    os.pwrite(held, _Holder.of_this_process().written(), 0)

    def release() -> None:
        path.unlink(missing_ok=True)  # before the lock goes: another may hold it right after
        os.close(held)

    return release


def _leads_to(path: Path, held: int) -> bool:
    try:
        there, ours = path.stat(), os.fstat(held)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def _acquire_by_name(folder: Path, found: _Holder | None) -> Callable[[], None]:
    """Take the lock where the system locks no files: the file belongs to whom it names."""
    path = folder / LOCK
    me = _Holder.of_this_process()
    mine = path.with_name(f"{LOCK}-{me.token}")
    mine.write_bytes(me.written())
    try:
        if found is not None and not found.is_dead() and _age(path, mine) < _PATIENCE:
            raise _taken(folder, found)
        mine.replace(path)  # of several that come at once the last one has it
        threading.Event().wait(min(1.0, _BEAT))
        winner = _Holder.read(path.read_bytes())
        if winner != me:
            raise _taken(folder, winner)
    finally:
        mine.unlink(missing_ok=True)
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT):
            with suppress(OSError):
                os.utime(path)

    threading.Thread(target=beat, name="lock", daemon=True).start()

    def release() -> None:
        ended.set()
        with suppress(OSError):
            if _Holder.read(path.read_bytes()) == me:
                path.unlink()

    return release


def _age(path: Path, fresh: Path) -> float:
    """Seconds since ``path`` was touched, by the file system's own clock: hosts' may differ."""
    return fresh.stat().st_mtime - path.stat().st_mtime


def _taken(folder: Path, holder: _Holder | None) -> InputError:
    who = f"process {holder.pid} on {holder.host}" if holder else "another process"
    return InputError(
        "another command is writing into this folder",
        where=folder,
        why=f"{who} is at it, and two at once would mix their files",
        fix="wait until it has ended, or end it; a new run or other results go into another "
        "folder: --out DIR",
    )
