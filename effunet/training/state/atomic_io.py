"""How Lightning writes and reads a checkpoint: whole or not at all, and nothing in it is run."""

import hashlib
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import torch
from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO

from ...files import named_in_utf8, replacing, write_bytes


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes beside the target and renames, so that a kill leaves the old file or the new one.

    Lightning's own writes to ``$TMPDIR`` and moves, which across file systems is a plain copy.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        """Write, flush to the disk, rename; the digest last.

        Raises:
            InputError: The file cannot be written; what was there before is intact.
        """
        target = Path(path)
        with replacing(target, durable=True) as stream:
            digesting = _Digesting(stream)
            try:
                torch.save(checkpoint, cast(IO[bytes], digesting))
            except RuntimeError as error:  # torch's writer hides what the disk said
                raise digesting.fault or error from error
        write_digest(target, digesting.digest.hexdigest())

    def load_checkpoint(
        self, path: str | Path, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read tensors and plain values; Lightning leaves the choice to an environment variable."""
        with named_in_utf8(Path(path)) as named:
            state: dict[str, Any] = torch.load(
                named, map_location=map_location or "cpu", weights_only=True
            )
        return state


class _Digesting:
    """A stream that digests what passes, and remembers what the disk said."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.digest = hashlib.sha256()
        self.fault: OSError | None = None

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        try:
            return self.stream.write(data)
        except OSError as error:
            self.fault = error
            raise

    def flush(self) -> None:
        self.stream.flush()


def write_digest(path: Path, digest: str) -> None:
    """Put the digest of what is in ``path`` beside it.

    Raises:
        InputError: It cannot be written.
    """
    write_bytes(digest_of(path), f"{digest}  {path.name}\n".encode(), durable=True)


def digest_of(path: Path) -> Path:
    """The file beside ``path`` that holds its digest, as ``sha256sum`` writes it."""
    return path.with_name(f"{path.name}.sha256")
