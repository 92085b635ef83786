import threading
import time

import pytest

from effunet.heartbeat import Silence, beat


def test_a_process_beats_while_it_computes() -> None:
    beats: list[int] = []
    third = threading.Event()

    def write(count: int) -> None:
        beats.append(count)
        if count == 3:
            third.set()

    over = beat(write)
    assert third.wait(60)
    over.set()
    assert beats[:3] == [1, 2, 3]


@pytest.mark.parametrize(
    ("asked_at", "values", "silent"),
    [
        ([0, 1, 2, 3], [5, 5, 5], [0, 1, 2]),
        ([0, 1, 2, 3, 4], [5, 5, 6, 6], [0, 1, 0, 1]),
        ([0, 1, 2, 900, 901], [5, 5, 5, 5], [0, 1, 3, 4]),  # the observer itself was stopped
    ],
)
def test_silence_is_counted_while_the_observer_looks(
    asked_at: list[float],
    values: list[int],
    silent: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = iter(asked_at)
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    silence = Silence()
    assert [silence.seconds(value) for value in values] == silent
