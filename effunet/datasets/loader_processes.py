"""Processes that load pictures: deaf to the run's signals, watched, and gone with the run."""

import math
import mmap
import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter

from .. import heartbeat
from ..errors import InputError
from ..stop_requests import SIGNALS

_PREFETCH = 2  # torch's own: batches that each process may have ready
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (where torch puts what processes share)
_SEMAPHORES = 4  # of a queue, one more than it has; there is a queue a process, and two things more
_DYING = 5.0  # seconds, far more than it takes
_SPARE = 0.9  # others use it too

_Loading = TypeVar("_Loading")


class LoaderProcesses:
    """What a loader knows of its processes.

    Attributes:
        fault: What happened to one of them, once something did; all have been ended by then.
    """

    def __init__(self, count: int) -> None:
        # shared with what is forked from here, and in no file system that could be full
        self._beats = memoryview(mmap.mmap(-1, 8 * count)).cast("q")
        self._main = os.getpid()
        self._members: list[BaseProcess] = []
        self._gone = weakref.finalize(self, _kill, self._members, self._main)
        self.fault: InputError | None = None

    def begin(self, number: int) -> None:
        """Run in a loader process before it loads: beat, and end when the run has ended.

        torch's own watchdog sleeps while the process waits to hand over a batch.
        """

        def write(count: int) -> None:
            self._beats[number] = count
            if os.getppid() != self._main:
                os._exit(1)

        heartbeat.beat(write)

    def start(self, iterate: Callable[[], _Loading]) -> _Loading:
        """Call ``iterate``, which may start processes: they never hear the run's signals.

        What is blocked stays so in a forked process, from its first moment to its last.
        """
        in_main_thread = threading.current_thread() is threading.main_thread()
        on_child = signal.getsignal(signal.SIGCHLD)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            _check_semaphores(len(self._beats))
            loading = iterate()
            if isinstance(loading, _MultiProcessingDataLoaderIter):
                # before a signal that came meanwhile is heard: whoever ends the run kills them
                self._members[:] = loading._workers
        except OSError as error:  # semaphores need shared memory too, and a system has limits
            self.end(_not_started(error))
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            if in_main_thread:
                # torch's would raise in the middle of a step that a process has died
                signal.signal(signal.SIGCHLD, on_child)
        return loading

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look after them from a thread until the block ends."""
        over = threading.Event()
        threading.Thread(target=self._watch, args=[over], name="loaders", daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def find_fault(self) -> InputError | None:
        """What happened to a process that died, if one did."""
        for number, process in enumerate(self._members):
            if self.fault is None and process.exitcode:
                self.end(_died(number, process))
        return self.fault

    def await_end(self) -> None:
        """Wait until one has ended: what it shared may be gone a moment before it is."""
        ended = wait([process.sentinel for process in self._members], timeout=_DYING)
        for process in self._members:
            if process.sentinel in ended:
                process.join()

    def end(self, fault: InputError) -> None:
        """Kill them all, so that nobody waits for one of them, and remember why."""
        self.fault = self.fault or fault
        _kill(self._members, self._main)

    def _watch(self, over: threading.Event) -> None:
        silences: dict[int | None, heartbeat.Silence] = {}
        while not over.wait(heartbeat.EVERY) and self.find_fault() is None:
            for number, process in enumerate(self._members):
                silence = silences.setdefault(process.pid, heartbeat.Silence())
                silent = silence.seconds(self._beats[number])
                if silent >= heartbeat.LIMIT and process.exitcode is None:
                    self.end(_stopped(number, process, seconds=silent))


def _check_semaphores(processes: int) -> None:
    """Make as many as torch will and let them go: where torch gets too few, it prints a traceback.

    Raises:
        OSError: Shared memory has no room for them.
    """
    made = [get_context("fork").Lock() for _ in range(_SEMAPHORES * (processes + 2))]
    made.clear()


def _kill(members: list[BaseProcess], main: int) -> None:
    """A stopped process hears nothing less, and would be waited for when the run's own ends."""
    if os.getpid() == main:
        for process in members:
            process.kill()


def _not_started(error: OSError) -> InputError:
    return InputError(
        "no process that loads pictures could be started",
        why=str(error),
        fix=f"make room in {_SHARED_MEMORY} (in a container: --shm-size=8g), or --num_workers 0",
    )


def _stopped(number: int, process: BaseProcess, *, seconds: float) -> InputError:
    return InputError(
        "a process that loads pictures has stopped",
        why=f"loader process {number} (pid {process.pid}) gave no sign of life for {seconds:.0f} s",
        fix="find out what stopped it (kill -STOP, a debugger, a frozen container), or load "
        "without it: --num_workers 0",
    )


def _died(number: int, process: BaseProcess) -> InputError:
    code = process.exitcode or 0
    ended = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return InputError(
        "a process that loads pictures died",
        why=f"loader process {number} (pid {process.pid}) {ended}",
        fix="where memory ran short, fewer of them: --num_workers 0; in a container more shared "
        "memory also helps: --shm-size=8g",
    )


def processes_that_fit(
    wanted: int, *, batch_bytes: int, sharers: int = 1
) -> tuple[int, str | None]:
    """How many of ``wanted`` loader processes the shared memory has room for, and why not all.

    Args:
        wanted: As configured.
        batch_bytes: Of the largest batch.
        sharers: Runs or ranks that have as many.
    """
    try:
        room = os.statvfs(_SHARED_MEMORY)
    except OSError:  # another system keeps it elsewhere
        return wanted, None
    free = room.f_bavail * room.f_frsize * _SPARE / sharers
    # each has some ready, and one batch more is in use
    fit = min(wanted, max(0, math.floor((free / max(1, batch_bytes) - 1) / _PREFETCH)))
    if fit == wanted:
        return wanted, None
    needed = (_PREFETCH * wanted + 1) * batch_bytes * sharers / _SPARE
    return fit, (
        f"{fit} of {wanted} processes load pictures: {_SHARED_MEMORY} has "
        f"{room.f_bavail * room.f_frsize / 1e6:.0f} MB free and all need {needed / 1e6:.0f} MB; "
        f"in a container: --shm-size={math.ceil(needed / 1e9)}g"
    )
