"""Every error that a user can mend says what, where, why and how."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any


class EffunetError(Exception):
    """An end the command line reports as one message.

    Attributes:
        exit_code: What the process returns.
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        why: str | None = None,
        fix: str,
    ) -> None:
        self.what, self.where, self.why, self.fix = what, where, why, fix
        lines = [what]
        lines += [f"  where: {where}"] if where is not None else []
        lines += [f"  why:   {why}"] if why is not None else []
        super().__init__("\n".join([*lines, f"  fix:   {fix}"]))

    def __reduce__(self) -> tuple[Any, ...]:
        """As it stands: Python would build it anew from its text, without the fields."""
        return _empty, (type(self), *self.args), self.__dict__


def _empty(kind: type[EffunetError], message: str) -> EffunetError:
    """An error of ``kind`` whose fields are still to be filled."""
    return kind.__new__(kind, message)


class InputError(EffunetError):
    """Something the user gave cannot be used; nothing was written."""


class MissingExtraError(EffunetError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed",
            fix=f'pip install "effunet-road[{extra}]"',
        )


class PartlyDoneError(EffunetError):
    """Some of the work was done and kept; the message names what was not."""

    exit_code = 3


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that ``word`` may be a slip of; ``cutoff`` is how alike they must be, 0…1."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def suggestion(word: str, known: Iterable[str]) -> str:
    """How to mend an unknown ``word``: the nearest known one, or where none is near all of them."""
    words = list(known)
    near = nearest(word, words)
    return f"did you mean {near}?" if near else f"use one of {', '.join(words)}"
