"""The states of a run that it can go on from: ``checkpoints/N.ckpt``, each with its digest."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytorch_lightning as pl

from ...errors import InputError
from ...files import file_sha256, flush_folder, replacing
from ...run_folder import RunFolder
from ...stop_requests import unbroken
from .atomic_io import digest_of, write_digest
from .resume import not_finite, read_position, unusable

_KEPT = 2


class Checkpoints:
    """``N.ckpt`` holds the state after ``N`` batches of the run, ``N.ckpt.sha256`` its digest.

    The digest is written last, so a state without a right one is not whole. The newest two are
    kept, and the newest of an epoch's end; the start of the run counts as one.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._whole: dict[Path, int] = {}  # time of the file's last change when it was whole

    def save(self, trainer: pl.Trainer) -> None:
        """Save on every rank, as sharded strategies need it; what is no longer needed goes.

        Raises:
            InputError: It cannot be written; what was saved before is intact.
        """
        path = self.folder.checkpoints / f"{_consumed(trainer)}.ckpt"
        try:
            with unbroken():
                self._save(trainer, path)
        except InputError as error:
            raise InputError(
                error.what,
                where=error.where,
                why=error.why,
                fix=f"make room on the disk, then {self.folder.way_on()}",
            ) from error

    def _save(self, trainer: pl.Trainer, path: Path) -> None:
        trainer.save_checkpoint(path)
        if trainer.is_global_zero:
            self._whole[path] = path.stat().st_mtime_ns
            self._point_last(path)
            self._prune(newest=path, epoch=int(trainer.num_training_batches))

    def adopt(self, state: Path, *, batches: int) -> None:
        """Keep a state as that after so many ``batches``, to go back to; called by one process.

        Raises:
            InputError: It cannot be written.
        """
        path = self.folder.checkpoints / f"{batches}.ckpt"
        with unbroken():
            with state.open("rb") as source, replacing(path, durable=True) as target:
                shutil.copyfileobj(source, target)
            write_digest(path, file_sha256(path))

    def newest_valid(self, *, say: Callable[[str], None]) -> Path:
        """The newest state that is whole; in a run from before there were several, the only one.

        Args:
            say: Prints a line about each newer one that is not, and about what has no digest.

        Raises:
            InputError: There is none.
        """
        faults: list[str] = []
        for path in self._newest_first():
            fault = self._fault(path) or not_finite(path)
            if fault is None:
                for line in faults:
                    say(f"refused  {line}")
                return path
            faults.append(f"{path.relative_to(self.folder.path)}: {fault}")
        if self.folder.last.is_file() and not self.folder.last.is_symlink():
            for line in faults:
                say(f"refused  {line}")
            fault = not_finite(self.folder.last)
            if fault:
                raise unusable(self.folder.last, "the state to go on from is not finite", fault)
            say("note     the run is from a version that kept one state, without a digest")
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
        whole = (path for path in self._newest_first() if self._fault(path) is None)
        return next((path for path in whole if _ends_epoch(path, epoch=epoch)), None)

    def is_whole(self, batches: int) -> bool:
        """Whether there is a state after so many ``batches`` that can be trusted."""
        return self._fault(self.folder.checkpoints / f"{batches}.ckpt") is None

    def drop_after(self, batches: int) -> None:
        """Remove every state of more ``batches``, and let ``last.ckpt`` lead to the newest left."""
        for path in self._newest_first():
            if int(path.stem) > batches:
                digest_of(path).unlink(missing_ok=True)
                path.unlink(missing_ok=True)  # every rank may be at it
        self._point_last(self.folder.checkpoints / f"{batches}.ckpt")
        flush_folder(self.folder.checkpoints)

    def _newest_first(self) -> list[Path]:
        found = self.folder.checkpoints.glob("*.ckpt")
        states = [path for path in found if path.stem.isascii() and path.stem.isdecimal()]
        return sorted(states, key=lambda path: -int(path.stem))

    def _point_last(self, path: Path) -> None:
        """Let ``last.ckpt`` lead to it; where there are no links, to nothing."""
        fresh = self.folder.passing_link
        try:
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(path.relative_to(self.folder.path))
            fresh.replace(self.folder.last)
        except OSError:  # convenience only: resuming lists the folder
            fresh.unlink(missing_ok=True)

    def _prune(self, *, newest: Path, epoch: int) -> None:
        """Remove what is older than those that are kept, or of a course that was given up.

        Others that are not whole stay until then: perhaps they can only not be read just now.
        """
        states = self._newest_first()
        whole = [path for path in states if self._fault(path) is None]
        whole = [path for path in whole if int(path.stem) <= int(newest.stem)]
        ends = (path for path in whole if _ends_epoch(path, epoch=epoch))
        kept = {*whole[:_KEPT], next(ends, newest)}
        oldest = min(int(path.stem) for path in kept)
        for path in states:
            number = int(path.stem)
            passed = path in whole or not oldest <= number <= int(newest.stem)
            if passed and path not in kept:
                digest_of(path).unlink(missing_ok=True)
                path.unlink()

    def _fault(self, path: Path) -> str | None:
        """Why the state cannot be trusted, or None; read once unless it changes."""
        try:
            changed = path.stat().st_mtime_ns
            if self._whole.get(path) == changed:
                return None
            said = digest_of(path).read_text(encoding="ascii").split()
            if said != [file_sha256(path), path.name]:
                return "its bytes are not those of its digest"
        except (OSError, ValueError) as error:
            return f"its digest cannot be read: {getattr(error, 'strerror', None) or error}"
        self._whole[path] = changed
        return None


def _consumed(trainer: pl.Trainer) -> int:
    """Batches that the run has behind it, in a callback at the end of a batch or of an epoch."""
    in_epoch = trainer.fit_loop.epoch_loop.batch_idx + 1
    return trainer.current_epoch * int(trainer.num_training_batches) + in_epoch


def _ends_epoch(path: Path, *, epoch: int) -> bool:
    """Whether all that is trained is validated too, which a state from within validation is not."""
    if int(path.stem) % epoch:
        return False
    return read_position(path, epochs=sys.maxsize, patience=0).batch == 0
