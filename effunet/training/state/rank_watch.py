"""A rank that is stopped, killed or fails ends all ranks, with one message."""

import os
import signal
import time

import pytorch_lightning as pl
import torch

from ... import heartbeat
from ...errors import EffunetError, InputError
from .other_ranks import LEAVING, OtherRanks
from .rank_board import RankBoard
from .rollback import LostCourseError
from .stopping import GracefulStop, StoppedError

_BROKEN = ("gloo", "NCCL", "Connection closed", "Connection reset")


class RankWatch(pl.Callback):
    """Place it last, as it holds a failing rank back until the others know.

    Attributes:
        stop: Placed before it, so that it has been told the run's folder.
    """

    def __init__(self, stop: GracefulStop) -> None:
        self.stop = stop
        self._others: OtherRanks | None = None

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """The ranks are connected by now."""
        if trainer.world_size > 1 and "MASTER_ADDR" in os.environ:
            board = RankBoard(trainer.global_rank, trainer.world_size)
            self._others = OtherRanks(board, self.stop.folder)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """All ranks are through with the last exchange when the first of them goes."""
        if self._others is not None:
            self._others.leave(0)
            trainer.strategy.barrier("effunet-ranks")
            self._others.over.set()

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        """Let this rank tell what went wrong if it is the cause, and no other rank tells it."""
        if self._others is None:
            return
        if isinstance(exception, LostCourseError):  # all ranks go back, and are watched anew then
            self._others.over.set()
            return
        if _is_a_broken_connection(exception) or (
            _is_a_fault(exception) and not self._others.first_to_tell()
        ):
            time.sleep(heartbeat.LIMIT + 2 * LEAVING)  # the watch ends the process before
        self._others.leave(_code(exception))
        time.sleep(2 * heartbeat.EVERY)  # until all have read it, as the store may go with this
        self._others.over.set()


def _is_a_broken_connection(error: BaseException) -> bool:
    """Whether it tells of another rank's end alone."""
    return isinstance(error, torch.distributed.DistError) or (
        isinstance(error, RuntimeError) and any(word in str(error) for word in _BROKEN)
    )


def _is_a_fault(error: BaseException) -> bool:
    """Whether it may befall several ranks, each of which would tell it; asked to stop, one does."""
    return isinstance(error, Exception) and not isinstance(error, StoppedError)


def _code(error: BaseException) -> int:
    """What the process will return."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, KeyboardInterrupt):
        return 128 + signal.SIGINT
    return error.exit_code if isinstance(error, EffunetError) else InputError.exit_code
