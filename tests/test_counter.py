from io import StringIO

import pytest

from effunet.counter import counter


class _OnATerminal(StringIO):
    def isatty(self) -> bool:
        return True


class _Full(_OnATerminal):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_terminal_shows_one_line_that_ends_with_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _OnATerminal()
    monkeypatch.setattr("sys.stderr", stream)
    show = counter("checked")
    for done in (1, 2):
        show(done, 2)
    assert stream.getvalue() == "\rchecked 1/2\rchecked 2/2\n"


@pytest.mark.parametrize("stream", [StringIO(), _OnATerminal()])
def test_waiting_for_another_process_is_told(
    stream: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    counter("checked")(0, 2)
    assert stream.getvalue() == "checked 0/2: another process is at these files, waiting\n"


def test_a_counter_that_cannot_be_written_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", _Full())
    counter("checked")(1, 2)


def test_a_log_gets_a_line_every_half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    seconds = iter([0.0, *(float(second) for second in range(1, 100))])
    show = counter("scored", clock=lambda: next(seconds))
    for done in range(1, 100):
        show(done, 99)
    assert stream.getvalue().splitlines() == ["scored 30/99", "scored 60/99", "scored 90/99"]
