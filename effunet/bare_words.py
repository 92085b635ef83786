"""Words without an option before them become the one option that a command takes them for."""

import re
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .errors import InputError
from .typed_paths import command_with, plain_option

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
    words: Sequence[str],
    *,
    verb: str,
    bare: str | None,
    flags: Collection[str],
    known: Collection[str],
    several: bool,
) -> Completed:
    """Put an option before bare words, and ``true`` after a flag that stands alone.

    A flag takes only ``true`` or ``false``, so that ``--overlay drive/`` is a flag and a folder of
    pictures. What follows ``--`` is bare, whatever it begins with.

    Args:
        words: As they were typed after the verb.
        verb: What they were typed for.
        bare: Option that its bare words are values of; None where it has none.
        flags: Names of the options that are either true or false.
        known: Names of all its options. A word that is plainly the value of another of them than
            ``bare``, see :func:`plain_option`, becomes that.
        several: Whether ``bare`` takes more than one value, as a shell makes of ``drive/*.jpg``.

    Raises:
        InputError: A word belongs to no option, or its option was given as well.
    """
    for word in words:
        _refuse_print(word)
    found = _sorted_out(words, bare=bare if several else None, flags=flags, known=known)
    if bare is None and found.loose:
        raise _homeless(found.loose, where=f"effunet {verb}", bare=None, typed=False)
    of_option: dict[str, list[str]] = {}
    for word in found.loose:
        option = plain_option(word)
        plain = option if option and option in known else bare
        of_option.setdefault(plain or "", []).append(word)
    for option, (first, *more) in of_option.items():
        typed = any(word.partition("=")[0] == f"--{option}" for word in found.words)
        if typed or (more and not (several and option == bare)):
            if len(more) == 1 and not typed and "out" in known:
                raise _results_named_last(first, more[0], where=f"effunet {verb}", option=option)
            raise _homeless([first, *more], where=f"effunet {verb}", bare=option, typed=typed)
        found.words.append(f"--{option}={first}")
        found.more += more
    return Completed(found.words, found.more)


def _sorted_out(
    words: Sequence[str], *, bare: str | None, flags: Collection[str], known: Collection[str]
) -> Completed:
    """Options with their values, what follows the value of ``bare``, and the rest."""
    found = Completed()
    rest, option = list(words), ""
    while rest:
        word = rest.pop(0)
        if word == "--":
            found.loose += rest
            break
        if word.startswith("-") and word != "-":
            option, equals, value = word.lstrip("-").partition("=")
            if option in known and equals and not value:
                raise _empty(option)
            found.words += [word, *([] if equals else _value(option, rest, flags))]
        elif option and option == bare:
            found.more.append(word)
        elif _ASSIGNMENT.match(word) and not Path(word).exists():
            found.words.append(word)  # the parser says how it is spelled here
        elif option and _NUMBER.fullmatch(word) and _NUMBER.fullmatch(found.words[-1]):
            if option not in known:
                continue  # the parser says that there is no such option
            raise _second_number(option, found.words[-1], word)
        else:
            found.loose.append(word)
    return found


def _value(option: str, rest: list[str], flags: Collection[str]) -> list[str]:
    """Take the value of an option from the words after it."""
    following = rest[0].lower() if rest else "--"
    if option not in flags:
        if following == "":
            raise _empty(option)
        return [] if following.startswith("--") else [rest.pop(0)]
    if following in _ALMOST_FLAG_VALUES and not Path(rest[0]).exists():
        raise InputError(
            f"{option} cannot be {rest[0]!r}",
            where=f"--{option} {rest[0]}",
            why="it must be true or false",
            fix=f"--{option} alone is true",
        )
    return [rest.pop(0)] if following in _FLAG_VALUES else ["true"]


_QUOTES = "\u201c\u201d\u201e\u2018\u2019"
_PRINT = str.maketrans({"\u2013": "--", "\u2014": "--", "\u2212": "-"} | dict.fromkeys(_QUOTES))
"""Signs that text programs put for hyphens, and around words."""


def _refuse_print(word: str) -> None:
    """Name signs that come with a command copied from a page or a chat."""
    typed = word.translate(_PRINT)
    edges = {word[:1], word[-1:]}
    if typed == word or not any(edge.translate(_PRINT) != edge for edge in edges):
        return
    if not Path(word).exists():
        raise InputError(
            f"{word} holds signs of print",
            why="a dash or a quotation mark of print is another sign than - or ' on the keyboard",
            where="the command",
            fix=f"type {typed}",
        )


def _empty(option: str) -> InputError:
    return InputError(
        f"--{option} has an empty value",
        where="the command",
        why="a variable of the shell may not be set",
        fix=f"--{option} VALUE, or leave it out",
    )


def _second_number(option: str, first: str, second: str) -> InputError:
    numbers = f"[{first.strip('[],')},{second.strip('[],')}]"
    return InputError(
        f"{second} belongs to no option",
        where=f"--{option} {first} {second}",
        why="an option takes one word, and several numbers are one word in brackets",
        fix=f"--{option} {numbers}",
    )


def _results_named_last(first: str, last: str, *, where: str, option: str) -> InputError:
    """As ``cp`` has them; a word without an option is never a folder that is written to."""
    return InputError(
        f"{last!r} belongs to no option",
        where=where,
        why=f"words without an option are taken for --{option}, and there is only one of it",
        fix=f"{where} {shlex.quote(first)} --out {shlex.quote(last)} if the results go there",
    )


def _homeless(words: Sequence[str], *, where: str, bare: str | None, typed: bool) -> InputError:
    named = ", ".join(map(repr, words[:3]))
    named += f" and {len(words) - 3} more" if len(words) > 3 else ""
    help_text = f"`{where} --help` lists every option"
    if bare is None:
        why, fix = "every value follows its option", command_with(words[0]) or help_text
    elif typed:
        why = f"a word without an option is taken for --{bare}, which is given as well"
        fix = f"leave the one or the other out; {help_text}"
    else:
        why = f"words without an option are taken for --{bare}, and there is only one of it"
        fix = f"leave one of them, or put its option before it; {help_text}"
    belong = "belong" if len(words) > 1 else "belongs"
    return InputError(f"{named} {belong} to no option", where=where, why=why, fix=fix)
