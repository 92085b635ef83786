"""What is wrong with files, and the one message that lists it by causes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError

FURTHER = "further ones"
"""In place of a value: there are more than are named."""
FILES_NAMED = 3
"""How many files of each cause a message names unless it is asked for all."""
_DATA_SET = "data set"
INDENT = "\n         "
"""Before a further line of what a message says of one thing."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with one file, or alike with several."""

    where: Path
    """The file, or the first of them."""
    what: str
    """What is wrong with it."""
    fix: str
    """What mends faults of this kind."""
    also: tuple[Path, ...] = ()
    """The other files."""
    kind: str = ""
    """What faults of one cause have in common where each says it with its own figures."""
    value: str = ""
    """The id or colour in the files that is wrong; their cause names each of them."""


def raise_faults(
    faults: Sequence[Fault], *, root: Path, listed: int | None = FILES_NAMED, of: str = _DATA_SET
) -> None:
    """End with one message, if there are faults: one entry a cause, each with its mend.

    Args:
        faults: Of one data set.
        root: Its folder.
        listed: How many files of each cause are named; the rest are counted. None names all.
        of: What they are in.

    Raises:
        InputError: There are faults.
    """
    if not faults:
        return
    causes: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        causes.setdefault((fault.kind or fault.what, fault.fix), []).append(fault)
    entries = [_entry(alike, root, listed) for alike in causes.values()]
    fixes = [fix for _, fix in causes]
    if len(causes) > 1:
        entries, fixes = _numbered(entries), _numbered(fixes)
    counts = [len(_files(alike)) for alike in causes.values()]
    if of == _DATA_SET and listed is not None and max(counts) > listed:
        fixes.append("beside the data, --every_file of effunet data check names every file")
    raise InputError(
        f"{sum(counts)} fault{'s' if sum(counts) > 1 else ''} in the {of}",
        where=root,
        why=INDENT.join(entries),
        fix=INDENT.join(fixes),
    )


def _numbered(parts: Sequence[str]) -> list[str]:
    """``1. ...`` with further lines below the text."""
    return [
        f"{number}. {part}".replace("\n", "\n" + " " * len(f"{number}. "))
        for number, part in enumerate(parts, start=1)
    ]


def _entry(alike: Sequence[Fault], root: Path, listed: int | None) -> str:
    """What faults of one cause say: a line for one file, else a count and examples below it."""
    first, whats, said = alike[0], {fault.what for fault in alike}, _files(alike)
    if len(alike) == len(said) == 1:
        return f"{below(first.where, root)}: {first.what}"
    common, own = (first.what, False) if len(whats) == 1 else (first.kind, not first.value)
    if len(whats) > 1 and first.value:
        values = dict.fromkeys(fault.value for fault in alike)
        common += f": {', '.join(sorted(values, key=lambda value: value == FURTHER))}"
    names = [
        f"  {below(path, root)}" + (f": {what.removeprefix(f'{common}: ')}" if own else "")
        for path, what in list(said.items())[:listed]
    ]
    more = [f"  and {len(said) - len(names)} more"] if len(names) < len(said) else []
    count = f"{len(said)} file{'s' if len(said) > 1 else ''}"
    return INDENT.join([f"{count}: {common}", *names, *more])


def _files(alike: Sequence[Fault]) -> dict[Path, str]:
    """Each file of these faults, once, and what is first said of it."""
    said: dict[Path, str] = {}
    for fault in alike:
        for path in (fault.where, *fault.also):
            said.setdefault(path, fault.what)
    return said


def below(path: Path, root: Path) -> str:
    """``path`` as a message names it: inside ``root`` where it lies there."""
    path, root = path.absolute(), root.absolute()
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
