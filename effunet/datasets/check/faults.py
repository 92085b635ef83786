"""What is wrong with files, and the one message that lists it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError

LISTED = 50
"""How many faults a message names unless it is asked for all."""
_EXAMPLES = 3


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


def raise_faults(
    faults: Sequence[Fault], *, root: Path, listed: int | None = LISTED, of: str = "data set"
) -> None:
    """End with one message that lists all faults, if there are any.

    Args:
        faults: Of one data set.
        root: Its folder.
        listed: How many faults are named; the rest are counted. None names all, with every file.
        of: What they are in.

    Raises:
        InputError: There are faults.
    """
    if not faults:
        return
    examples = None if listed is None else _EXAMPLES
    named = [_line(fault, root, examples) for fault in faults[:listed]]
    if len(named) < len(faults):
        more = len(faults) - len(named)
        named.append(f"and {more} more, which effunet data check lists with these")
    fixes = dict.fromkeys(fault.fix for fault in faults)  # each kind once, in order
    indent = "\n         "
    raise InputError(
        f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in the {of}",
        where=root,
        why=indent.join(named),
        fix=indent.join(fixes),
    )


def _line(fault: Fault, root: Path, examples: int | None) -> str:
    files = [below(path, root) for path in (fault.where, *fault.also)]
    rest = len(files) - len(files[:examples])
    more = f" and {rest} more" if rest else ""
    return f"{', '.join(files[:examples])}{more}: {fault.what}"


def below(path: Path, root: Path) -> str:
    """``path`` as a message names it: inside ``root`` where it lies there."""
    path, root = path.absolute(), root.absolute()
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
