"""A command ends well whatever its standard streams are."""

import os
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from effunet.streams import fitted

_ODD = os.fsdecode(b"stra\xdfe")  # Latin-1: as a name it is bytes, and no text in UTF-8


def shell(
    words: str, *, folder: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run ``effunet WORDS``, redirections included, in ``folder``."""
    return subprocess.run(
        ["bash", "-c", os.fsencode(f"set -o pipefail; {sys.executable} -m effunet {words}")],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())} | (environment or {}),
        capture_output=True,
        check=False,
    )


@pytest.fixture
def unread_pipe() -> Iterator[int]:
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--help > /dev/full", 2),
        ("nonsense 2> /dev/full", 2),
        ("nonsense 2>&-", 2),
        ("--help >&-", 0),
        ("train --help <&- >&- 2>&-", 0),
    ],
)
def test_nobody_listening_is_no_traceback(words: str, code: int, tmp_path: Path) -> None:
    done = shell(words, folder=tmp_path, environment={"PYTHONUNBUFFERED": "1"})
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_a_reader_that_has_gone_ends_the_command_quietly(unread_pipe: int) -> None:
    words = [sys.executable, "-m", "effunet", "--help"]
    done = subprocess.run(words, stdout=unread_pipe, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 141  # as the shell reports SIGPIPE
    assert done.stderr == b""


def _work(body: str, *, stdout: int, unbuffered: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run the command with ``body`` as its work."""
    lines = ["from effunet import __main__ as command", "def work(words):", f"    {body}"]
    script = "\n".join([*lines, "command._call = work", "command.entry()"])
    return subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_printing_for_a_reader_that_has_gone_ends_the_work(
    unread_pipe: int, unbuffered: str
) -> None:
    body = "print(1, flush=True); raise ValueError"
    done = _work(body, stdout=unread_pipe, unbuffered=unbuffered)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_pipe_of_another_process_that_breaks_is_told() -> None:
    done = _work("raise BrokenPipeError(32, 'Broken pipe')", stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert b"Broken pipe" in done.stderr


def test_an_error_is_told_though_nobody_reads_the_output(unread_pipe: int) -> None:
    error = "from effunet.errors import InputError; raise InputError('bad data', fix='mend it')"
    done = _work(f"print('waits to be written'); {error}", stdout=unread_pipe)
    assert (done.returncode, done.stderr) == (2, b"effunet: bad data\n  fix:   mend it\n")


def test_a_full_disk_under_the_output_is_named(tmp_path: Path) -> None:
    done = shell("--help > /dev/full", folder=tmp_path)
    assert done.stderr.startswith(b"effunet: something cannot be read or written\n")
    assert b"No space left on device" in done.stderr


def test_results_are_whole_where_all_streams_are_closed(tmp_path: Path) -> None:
    words = "data make --out data --count 2 --size '[48,64]'"
    assert shell(f"{words} <&- >&- 2>&-", folder=tmp_path).returncode == 0
    assert len(list((tmp_path / "data").rglob("*.*"))) == 5  # two pictures, their masks, the marker


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["utf-8", "ascii", "C"],
)
def test_names_that_are_not_utf_8_are_printed(environment: dict[str, str], tmp_path: Path) -> None:
    done = shell(
        f"data make --out {_ODD} --count 2 --size '[48,64]'",
        folder=tmp_path,
        environment=environment,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"stra" in done.stdout
    assert len(list((tmp_path / _ODD).rglob("*.*"))) == 5  # two pictures, their masks, the marker
    done = shell(f"train --data.root {_ODD}/absent", folder=tmp_path, environment=environment)
    assert done.returncode == 2
    assert done.stderr.startswith(b"effunet: no data set is recognised\n")


_MESSAGE = """effunet: there is no such thing as what was typed here
  where: /a/folder/whose/name/is/longer/than/the/terminal/is
  why:   the things that there are fill more than one line
  fix:   effunet predict --source pictures --checkpoint run"""


def test_a_message_fits_a_terminal_and_what_is_copied_stays_whole() -> None:
    leader, follower = os.openpty()
    termios.tcsetwinsize(follower, (24, 40))
    with os.fdopen(follower, "w") as terminal:
        assert (
            fitted(_MESSAGE, terminal)
            == """effunet: there is no such thing as what
         was typed here
  where: /a/folder/whose/name/is/longer/than/the/terminal/is
  why:   the things that there are fill
         more than one line
  fix:   effunet predict --source pictures --checkpoint run"""
        )
    os.close(leader)


@pytest.mark.parametrize("columns", [1, 9, 17])
def test_a_sliver_of_a_terminal_gets_every_word(columns: int) -> None:
    leader, follower = os.openpty()
    termios.tcsetwinsize(follower, (24, columns))
    with os.fdopen(follower, "w") as terminal:
        assert fitted(_MESSAGE, terminal).split() == _MESSAGE.split()
    os.close(leader)


def test_a_log_gets_a_message_as_it_is(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:
        assert fitted(_MESSAGE, log) == _MESSAGE
