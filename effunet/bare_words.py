"""Words without an option before them become the one option that a command takes them for."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .errors import InputError

_ASSIGNMENT = re.compile(r"[\w.-]+=")
_NUMBER = re.compile(r"\[?[\d.]+,?\]?")
_FLAG_VALUES = frozenset({"true", "false"})
_ALMOST_FLAG_VALUES = frozenset({"yes", "no", "on", "off", "y", "n", "0", "1"})


@dataclass
class Completed:
    """What was typed, with an option before every value."""

    words: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    """Further values of the bare option, where it takes several."""
    loose: list[str] = field(default_factory=list)
    """Words that had no option."""


def complete(
    words: Sequence[str], *, verb: str, bare: str | None, flags: Collection[str], several: bool
) -> Completed:
    """Put an option before bare words, and ``true`` after a flag that stands alone.

    A flag takes only ``true`` or ``false``, so that ``--overlay drive/`` is a flag and a folder of
    pictures. What follows ``--`` is bare, whatever it begins with.

    Args:
        words: As they were typed after the verb.
        verb: What they were typed for.
        bare: Option that its bare words are values of; None where it has none.
        flags: Names of the options that are either true or false.
        several: Whether ``bare`` takes more than one value, as a shell makes of ``drive/*.jpg``.

    Raises:
        InputError: A word belongs to no option, or its option was given as well.
    """
    found = _sorted_out(words, bare=bare if several else None, flags=flags)
    if not found.loose:
        return found
    typed = any(word.partition("=")[0] == f"--{bare}" for word in found.words)
    if bare is None or typed or not (several or len(found.loose) == 1):
        raise _homeless(found.loose, where=f"effunet {verb}", bare=bare, typed=typed)
    first, *more = found.loose
    return Completed([*found.words, f"--{bare}={first}"], more)


def _sorted_out(words: Sequence[str], *, bare: str | None, flags: Collection[str]) -> Completed:
    """Options with their values, what follows the value of ``bare``, and the rest."""
    found = Completed()
    rest, option = list(words), ""
    while rest:
        word = rest.pop(0)
        if word == "--":
            found.loose += rest
            break
        if word.startswith("-"):
            option, equals, _ = word.lstrip("-").partition("=")
            found.words += [word, *([] if equals else _value(option, rest, flags))]
        elif option and option == bare:
            found.more.append(word)
        elif _ASSIGNMENT.match(word) and not Path(word).exists():
            found.words.append(word)  # the parser says how it is spelled here
        elif option and _NUMBER.fullmatch(word) and _NUMBER.fullmatch(found.words[-1]):
            raise _second_number(option, found.words[-1], word)
        else:
            found.loose.append(word)
    return found


def _value(option: str, rest: list[str], flags: Collection[str]) -> list[str]:
    """Take the value of an option from the words after it."""
    following = rest[0].lower() if rest else "--"
    if option not in flags:
        return [] if following.startswith("--") else [rest.pop(0)]
    if following in _ALMOST_FLAG_VALUES and not Path(rest[0]).exists():
        raise InputError(
            f"{option} cannot be {rest[0]!r}",
            where=f"--{option} {rest[0]}",
            why="it must be true or false",
            fix=f"--{option} alone is true",
        )
    return [rest.pop(0)] if following in _FLAG_VALUES else ["true"]


def _second_number(option: str, first: str, second: str) -> InputError:
    numbers = f"[{first.strip('[],')},{second.strip('[],')}]"
    return InputError(
        f"{second} belongs to no option",
        where=f"--{option} {first} {second}",
        why="an option takes one word, and several numbers are one word in brackets",
        fix=f"--{option} {numbers}",
    )


def _homeless(words: Sequence[str], *, where: str, bare: str | None, typed: bool) -> InputError:
    named = ", ".join(map(repr, words[:3]))
    named += f" and {len(words) - 3} more" if len(words) > 3 else ""
    help_text = f"`{where} --help` lists every option"
    if bare is None:
        why, fix = "every value follows its option", help_text
    elif typed:
        why = f"a word without an option is taken for --{bare}, which is given as well"
        fix = f"leave the one or the other out; {help_text}"
    else:
        why = f"words without an option are taken for --{bare}, and there is only one of it"
        fix = f"leave one of them, or put its option before it; {help_text}"
    belong = "belong" if len(words) > 1 else "belongs"
    return InputError(f"{named} {belong} to no option", where=where, why=why, fix=fix)
