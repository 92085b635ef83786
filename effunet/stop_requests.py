"""Ctrl-C, SIGTERM and SIGUSR1 from the first moment of a run: at once, or when it suits."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .errors import EffunetError

SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGUSR1,  # what SLURM sends before a job's time is over, as its script asks for
)


_NOTHING_BEGUN = "stopped on request before the first step; nothing was begun"
_AGAIN = "give the same command again"


class AskedToStopError(EffunetError):
    """A signal ended the command before there was anything to save, or after all was saved."""

    def __init__(self, signum: int, *, what: str, fix: str) -> None:
        super().__init__(what, fix=fix)
        self.exit_code = 128 + signum


class EndAtOnce(BaseException):
    """Ends what is going on; neither ``except Exception`` nor Lightning holds it up."""


class StopRequests:
    """Which signal came.

    Attributes:
        signum: The first that came, 0 while there is none.
        what: What the message says where the command ends at once.
        fix: The way on from there.
        unbroken: Whether even a second Ctrl-C waits.
    """

    def __init__(self) -> None:
        self.signum = 0
        self.what, self.fix = _NOTHING_BEGUN, _AGAIN
        self.unbroken = False
        self._held = self._interrupted = False

    def ask(self, signum: int) -> None:
        """Stop when it suits, as if the signal had come."""
        self.signum = self.signum or signum

    def hear(self, signum: int, frame: FrameType | None) -> None:
        """Handle a signal: end at once, or remember it where the run is :meth:`held`.

        There a second Ctrl-C ends at once after all, but never a checkpoint that is being written.
        """
        again = self._interrupted and signum == signal.SIGINT
        self._interrupted = self._interrupted or signum == signal.SIGINT
        self.ask(signum)
        if not self._held or (again and not self.unbroken):
            raise EndAtOnce

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let signals wait until they are asked for."""
        self._held = True
        try:
            yield
        finally:
            self._held = False


_current: list[StopRequests] = []


@contextmanager
def listening() -> Iterator[StopRequests]:
    """Hear the signals inside the block; a block inside another hears the same.

    Python lets the main thread alone listen; from another one nothing is heard.

    Raises:
        AskedToStopError: A signal came where nothing made it wait.
    """
    listens = threading.current_thread() is threading.main_thread()
    if listens and _current:
        yield _current[0]
        return
    requests = StopRequests()
    before = {signum: signal.getsignal(signum) for signum in SIGNALS if listens}
    if listens:
        _current.append(requests)
    try:
        for signum in before:
            signal.signal(signum, requests.hear)
        yield requests
    except EndAtOnce:
        raise AskedToStopError(requests.signum, what=requests.what, fix=requests.fix) from None
    finally:
        if listens:
            _current.clear()
        for signum, handler in before.items():
            signal.signal(signum, handler)


@contextmanager
def unbroken() -> Iterator[None]:
    """Let even a second Ctrl-C wait while a file that the run needs is written."""
    for requests in _current:
        requests.unbroken = True
    try:
        yield
    finally:
        for requests in _current:
            requests.unbroken = False
