"""What the integrity check learnt, kept between runs in the user's cache folder."""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import InputError
from ...files import cache_folder, write_bytes
from ...labels import PLAIN_IDS, IdEncoding
from ..pairs import SegmentationPair
from .faults import Fault
from .scan import PairFacts, scan

_VERSION = 2
_PATIENCE = 60.0  # seconds without a sign of life, after which whoever waits looks for itself


class ScanCache:
    """Facts about pairs by the size, times and number of their files."""

    def __init__(self, entries: dict[str, Any], *, tell_alive: Callable[[], None]) -> None:
        self.entries = entries
        self.changed = False
        self._tell_alive = tell_alive

    def scan(
        self, pair: SegmentationPair, encoding: IdEncoding = PLAIN_IDS
    ) -> tuple[PairFacts | None, list[Fault]]:
        """As :func:`scan`, which looks at a pair only where its files have changed."""
        self._tell_alive()
        stamp = _stamp(pair)  # before looking: files may change meanwhile
        key = _key(pair, encoding)
        entry = self.entries.get(key)
        if entry is not None and entry["stamp"] == stamp:
            facts = entry["facts"]
            values = {int(value): count for value, count in facts["values"].items()}
            return PairFacts(**facts | {"values": values}), []
        found, faults = scan(pair, encoding)
        if found:
            self.entries[key] = {"stamp": stamp, "facts": asdict(found)}
            self.changed = True
        return found, faults


@contextmanager
def open_scan_cache(
    root: Path, folder: Path | None = None, *, waiting: Callable[[], None] | None = None
) -> Iterator[ScanCache]:
    """The cache of a data set, for one process of this machine at a time.

    The processes of a run on several devices, and runs that start together, come one after the
    other: the first one looks at the files, the others find what it learnt. What was added is kept
    at the end, after Ctrl-C too. Where the folder cannot be written or locked, every process looks
    for itself, and so does the next run; so it does where the one that is at it does nothing for a
    minute, as one that was suspended.

    Args:
        root: Folder of the data set; each has a cache file of its own.
        folder: Where cache files lie; ``$XDG_CACHE_HOME/effunet`` or ``~/.cache/effunet`` if None.
        waiting: Called once where another process is at it.
    """
    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    file = (folder or cache_folder()) / f"scan-{name}.json"
    with _alone(file.with_suffix(".lock"), waiting) as tell_alive:
        cache = ScanCache(_read(file), tell_alive=tell_alive)
        try:
            yield cache
        finally:
            if cache.changed:
                _save(file, cache)


@contextmanager
def _alone(file: Path, waiting: Callable[[], None] | None) -> Iterator[Callable[[], None]]:
    """Hold the lock of ``file``, which the system takes back from a process that dies.

    What it yields tells those that wait that the work goes on.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        stream = file.open("ab")
    except OSError:
        yield lambda: None
        return

    def tell_alive() -> None:
        with suppress(OSError):
            os.utime(stream.fileno(), ns=(now := time.time_ns(), now))

    with stream:
        with suppress(OSError):  # some network folders have no locks
            _lock(stream, waiting)
        yield tell_alive


def _lock(stream: BinaryIO, waiting: Callable[[], None] | None) -> None:
    """Wait for the lock as long as its holder gives signs of life: it only saves work."""
    if _locked(stream):
        return
    if waiting:
        waiting()
    sign, since = 0, time.monotonic()
    while not _locked(stream):
        last = os.fstat(stream.fileno()).st_mtime_ns
        if last != sign:
            sign, since = last, time.monotonic()
        elif time.monotonic() - since > _PATIENCE:
            return
        time.sleep(0.1)


def _locked(stream: BinaryIO) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _key(pair: SegmentationPair, encoding: IdEncoding) -> str:
    """The same for every path that leads to the two files, read in one way."""
    files = os.path.realpath(pair.image), os.path.realpath(pair.mask)
    return "\0".join((*files, *([str(encoding)] if encoding != PLAIN_IDS else [])))


def _stamp(pair: SegmentationPair) -> list[int] | None:
    """Changes whenever one of the files does, even where size and time are set back.

    None where one of them is not there.
    """
    try:
        both = pair.image.stat(), pair.mask.stat()
    except OSError:
        return None
    return [
        number
        for file in both
        for number in (file.st_size, file.st_mtime_ns, file.st_ctime_ns, file.st_ino)
    ]


def _read(file: Path) -> dict[str, Any]:
    """Entries of a cache file; none where it is missing, broken or of another version."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return dict(content["entries"]) if content["version"] == _VERSION else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _save(file: Path, cache: ScanCache) -> None:
    text = json.dumps({"version": _VERSION, "entries": cache.entries})
    with suppress(InputError):  # the next run looks again
        write_bytes(file, text.encode())
