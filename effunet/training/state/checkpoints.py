"""The states of a run that it can go on from: ``checkpoints/N.ckpt``, each with its digest."""

import os
from collections.abc import Callable
from pathlib import Path

import pytorch_lightning as pl

from ...errors import InputError
from ...files import file_sha256, write_bytes
from ...run_folder import RunFolder
from ...stop_requests import unbroken

_KEPT = 2


class Checkpoints:
    """``N.ckpt`` holds the state after ``N`` batches of the run, ``N.ckpt.sha256`` its digest.

    The digest is written last, so a state without a right one is not whole. The newest two are
    kept, and the newest of an epoch's end; the start of the run counts as one.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    def save(self, trainer: pl.Trainer) -> None:
        """Save on every rank, as sharded strategies need it; what is no longer needed goes."""
        path = self.folder.checkpoints / f"{consumed(trainer)}.ckpt"
        with unbroken():
            trainer.save_checkpoint(path)
            if trainer.is_global_zero:
                digest = f"{file_sha256(path)}  {path.name}\n"
                write_bytes(_digest_of(path), digest.encode(), durable=True)
                self._point_last(path)
                self._prune(epoch=int(trainer.num_training_batches))

    def newest_valid(self, *, say: Callable[[str], None]) -> Path:
        """The newest state that is whole; in a run from before there were several, the only one.

        Args:
            say: Prints a line about each newer one that is not.

        Raises:
            InputError: There is none.
        """
        faults: list[str] = []
        for path in self._newest_first():
            fault = _fault(path)
            if fault is None:
                for line in faults:
                    say(f"refused  {line}")
                return path
            faults.append(f"{path.relative_to(self.folder.path)}: {fault}")
        if not faults and self.folder.last.is_file():
            return self.folder.last
        raise InputError(
            "this run cannot be resumed",
            where=self.folder.path,
            why="; ".join(faults) or "it ended before its first step was saved",
            fix="fine-tune from the run's best.safetensors instead: --model.weights RUN"
            if faults
            else self.folder.way_on(),
        )

    def at_epoch_end(self, *, epoch: int) -> Path | None:
        """The newest whole state of an epoch's end or of the start.

        Args:
            epoch: Batches of one.
        """
        ends = (path for path in self._newest_first() if int(path.stem) % epoch == 0)
        return next((path for path in ends if _fault(path) is None), None)

    def _newest_first(self) -> list[Path]:
        found = self.folder.checkpoints.glob("*.ckpt")
        states = [path for path in found if path.stem.isascii() and path.stem.isdecimal()]
        return sorted(states, key=lambda path: -int(path.stem))

    def _point_last(self, path: Path) -> None:
        """Let ``last.ckpt`` lead to it; where there are no links, to nothing."""
        fresh = self.folder.last.with_name(f".last-{os.getpid()}")
        try:
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(path.relative_to(self.folder.path))
            fresh.replace(self.folder.last)
        except OSError:  # convenience only: resuming lists the folder
            fresh.unlink(missing_ok=True)

    def _prune(self, *, epoch: int) -> None:
        states = [path for path in self._newest_first() if _digest_of(path).is_file()]
        ends = [path for path in states if int(path.stem) % epoch == 0]
        for path in set(states) - {*states[:_KEPT], *ends[:1]}:
            path.unlink()
            _digest_of(path).unlink()


def consumed(trainer: pl.Trainer) -> int:
    """Batches that the run has behind it, in a callback at the end of a batch or of an epoch."""
    in_epoch = trainer.fit_loop.epoch_loop.batch_idx + 1
    return trainer.current_epoch * int(trainer.num_training_batches) + in_epoch


def _digest_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _fault(path: Path) -> str | None:
    """Why the state cannot be trusted, or None."""
    try:
        said = _digest_of(path).read_text(encoding="ascii").split()
        whole = said == [file_sha256(path), path.name]
    except (OSError, ValueError) as error:
        return f"its digest cannot be read: {getattr(error, 'strerror', None) or error}"
    return None if whole else "its bytes are not those of its digest"
