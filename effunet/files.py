"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import InputError


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """A stream whose bytes appear under ``path`` at once; a failure leaves the old file.

    Args:
        path: Missing folders on the way are made.
        durable: Reach the disk before the old file goes, so that a power cut loses nothing.

    Raises:
        InputError: The file cannot be written.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}.part"  # short: names end at 255 bytes
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as stream:
                yield stream
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            "the file cannot be written; what was there before is intact",
            where=path,
            why=error.strerror or str(error),
            fix="choose a folder that can be written, with space left",
        ) from error


def write_bytes(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Put ``content`` under ``path``; see :func:`replacing`.

    Raises:
        InputError: The file cannot be written.
    """
    with replacing(path, durable=durable) as stream:
        stream.write(content)
