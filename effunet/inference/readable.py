"""The pictures of a folder, as far as they can be read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .pictures import Decoded, read_picture
from .streaming import threaded_map


@dataclass(frozen=True)
class Skipped:
    """A picture that could not be read."""

    path: Path
    error: InputError

    def __str__(self) -> str:
        return f"{self.path}: {self.error.why or self.error.what}"


def read_readable(
    files: Sequence[Path], *, threads: int, skip: Callable[[Skipped], None]
) -> Iterator[Decoded]:
    """Decode ``files`` in their order and go on past those that cannot be read.

    Nobody chose each of them, so that one broken file among thousands is no reason to end.

    Args:
        files: At least one.
        threads: That decode.
        skip: Called with each that cannot be read, when its turn comes.

    Raises:
        InputError: None can be read.
    """
    skipped: list[Skipped] = []
    for read in threaded_map(_read, files, threads=threads):
        if isinstance(read, Skipped):
            skipped.append(read)
            skip(read)
        else:
            yield read
    if len(skipped) == len(files):
        raise _nothing_readable(skipped)


def _read(file: Path) -> Decoded | Skipped:
    try:
        return read_picture(file)
    except InputError as error:
        return Skipped(file, error)


def _nothing_readable(skipped: Sequence[Skipped]) -> InputError:
    first = skipped[0].error
    if len(skipped) == 1:
        return first
    return InputError(
        f"none of the {len(skipped)} pictures can be read",
        where=f"first {first.where}",
        why=first.why,
        fix=first.fix,
    )
