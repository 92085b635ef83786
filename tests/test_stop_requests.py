import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from effunet.stop_requests import SIGNALS, AskedToStopError, EndAtOnce, listening, unbroken


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_ends_what_nothing_holds(signum: signal.Signals) -> None:
    before = signal.getsignal(signum)
    with pytest.raises(AskedToStopError, match="nothing was begun") as end, listening():
        _raise_where_errors_are_swallowed(signum)
    assert end.value.exit_code == 128 + signum
    assert signal.getsignal(signum) is before


def test_signals_wait_while_they_are_held() -> None:
    with listening() as requests:
        with listening() as inner, inner.held():
            signal.raise_signal(signal.SIGUSR1)
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
        assert requests.signum == signal.SIGUSR1


def test_a_second_ctrl_c_ends_all_but_a_file_that_is_written() -> None:
    with listening() as requests, requests.held():
        signal.raise_signal(signal.SIGINT)
        with unbroken():
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(EndAtOnce):
            signal.raise_signal(signal.SIGINT)


def test_another_thread_than_the_main_one_hears_nothing() -> None:
    def listens() -> object:
        with listening():
            return signal.getsignal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(listens).result() is before


def _raise_where_errors_are_swallowed(signum: signal.Signals) -> None:
    """As in libraries that try what they can import."""
    with suppress(Exception):
        signal.raise_signal(signum)
