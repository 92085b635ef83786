"""The ``effunet`` command: finds the verb, calls it, and turns errors into one message."""

import os
import shlex
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .cli import BARE_WORDS, VERBS
from .errors import EffunetError, InputError, nearest
from .habits import TASKS, instead_of, verb_here
from .streams import drop_broken_streams, fitted, open_streams, unread
from .system_faults import system_fault
from .typed_paths import command_with


def main(words: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    debug = "--debug" in words
    try:
        _call([word for word in words if word != "--debug"])
        sys.stdout.flush()  # what waits to be written fails here and not after the end
    except KeyboardInterrupt:
        _say("interrupted")
        return 130
    except Exception as error:
        if isinstance(error, BrokenPipeError) and unread(sys.stdout):
            return 128 + signal.SIGPIPE  # `| head` has what it wanted
        fault = error if isinstance(error, EffunetError) else system_fault(error)
        if fault is None:
            raise
        if debug:
            traceback.print_exc()
        _say(str(fault))
        return fault.exit_code
    return 0


def _say(message: str) -> None:
    with suppress(OSError):
        sys.stdout.flush()  # what was printed before comes first
    with suppress(OSError):  # the exit code says it too
        print(fitted(f"effunet: {message}", sys.stderr), file=sys.stderr, flush=True)


def entry(*words: str) -> None:
    """The ``effunet`` command, with ``words`` before those that were typed."""
    # Threads that wait for others soon give up their core instead of spinning on it for long:
    # beside one other busy process training is several times faster, and on a quiet machine
    # nothing is lost. It is read when torch is imported.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    signal.signal(signal.SIGTERM, _ended)
    open_streams()
    try:
        sys.exit(main([*words, *sys.argv[1:]]))
    finally:
        drop_broken_streams()


def _ended(signum: int, frame: FrameType | None) -> NoReturn:
    """Let what a command has opened be closed and its locks be given up; training saves first."""
    _say("stopped on request")
    raise SystemExit(128 + signum)


def _call(words: list[str]) -> None:
    asks = {"-h", "--help", "help"}
    if words[1:] and words[0] in asks:
        words = [*words[1:], "--help"]
    subverbs = [verb for verb in VERBS if words and verb.startswith(f"{words[0]} ")]
    if not words or words[0] in asks or (subverbs and (not words[1:] or words[1] in asks)):
        print(_overview(subverbs or list(VERBS)))
        return
    if words[0] in {"--version", "-V", "version"}:
        from importlib.metadata import version

        print(version("effunet-road"))
        return
    verb = " ".join(words[:2]) if " ".join(words[:2]) in VERBS else words[0]
    if verb not in VERBS:
        raise _unknown_verb(words, subverbs)
    from .arguments import parse

    typed = words[len(verb.split()) :]
    if typed == ["help"]:
        typed = ["--help"]
    VERBS[verb](**parse(verb, VERBS[verb], typed, bare=BARE_WORDS.get(verb)))


def _unknown_verb(words: list[str], subverbs: list[str]) -> InputError:
    known = subverbs or list(VERBS)
    return InputError(
        f"there is no command {' '.join(words[:2] if subverbs else words[:1])!r}",
        where="effunet",
        why=instead_of(words[0]) or f"the commands are {', '.join(known)}",
        fix=_of_data(words, subverbs) if subverbs else _instead(words),
    )


def _of_data(words: list[str], subverbs: list[str]) -> str:
    """What to type where ``data`` is followed by none of its verbs."""
    if Path(words[1]).exists():
        return f"effunet data check {shlex.quote(words[1])}"
    return _help_of(nearest(" ".join(words[:2]), subverbs))


def _instead(words: list[str]) -> str:
    """What to type where the first word is no command."""
    first, *rest = words
    if here := verb_here(words, VERBS):
        odd = any("=" in word or word.startswith("-") for word in rest)
        of_task = first in TASKS or here in rest
        typed = f"effunet {here} {shlex.join(rest)}" if rest and not (odd or of_task) else None
        return f"it is called {here} here: {typed or _help_of(here)}"
    later = next((verb for verb in VERBS if verb in rest), None)
    if first.startswith("-") and later:
        others = [word for word in words if word != later]
        return f"the command comes first: effunet {later} {shlex.join(others)}"
    return command_with(first) or _help_of(nearest(first, VERBS))


def _help_of(verb: str | None) -> str:
    return f"effunet {verb} --help" if verb else "effunet --help"


def _overview(verbs: Sequence[str]) -> str:
    width = max(len(verb) for verb in verbs)
    lines = [f"  {verb:<{width}}  {(VERBS[verb].__doc__ or '').splitlines()[0]}" for verb in verbs]
    return "\n".join(
        [
            "usage: effunet COMMAND [--option VALUE ...]",
            "",
            *lines,
            "",
            "effunet COMMAND --help lists the options of a command; --debug shows tracebacks.",
        ]
    )


if __name__ == "__main__":
    entry()
