"""Writing a report's files whole or not at all."""

import secrets
from pathlib import Path

from ..errors import InputError


def write_bytes(path: Path, content: bytes) -> None:
    """Put ``content`` under ``path`` in one step, so that no reader meets half a file.

    Missing folders are made.

    Raises:
        InputError: The file cannot be written.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            "the file cannot be written",
            where=path,
            why=error.strerror or str(error),
            fix="choose a folder that can be written, with space left",
        ) from error
