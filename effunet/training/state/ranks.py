"""What all processes of a run must know alike."""

from collections.abc import Callable
from typing import TypeVar

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor

from ...errors import EffunetError

_T = TypeVar("_T")


def raised_anywhere(trainer: pl.Trainer, flags: Tensor) -> list[bool]:
    """Of ``(n,)`` flags, which are raised on any rank; waits for the device once."""
    if trainer.world_size > 1:
        flags = trainer.strategy.reduce(flags.float(), reduce_op="max")
    return [bool(flag) for flag in flags.tolist()]


def gathered(trainer: pl.Trainer, mine: _T) -> list[_T]:
    """What each rank has."""
    if trainer.world_size == 1:
        return [mine]
    everyones = [mine] * trainer.world_size
    torch.distributed.all_gather_object(everyones, mine)
    return everyones


def decided_by_main(trainer: pl.Trainer, decide: Callable[[], _T]) -> _T:
    """What the main process decides; its error ends all of them, and one of them says so."""
    answer: list[_T | EffunetError] = []
    if trainer.is_global_zero:
        try:
            answer = [decide()]
        except EffunetError as error:
            answer = [error]
    if trainer.world_size > 1:
        answer = answer or [EffunetError("", fix="")]
        torch.distributed.broadcast_object_list(answer, src=0)
    (decided,) = answer
    if isinstance(decided, EffunetError):
        raise decided if trainer.is_global_zero else SystemExit(decided.exit_code)
    return decided


def is_main_process() -> bool:
    """Whether this process speaks for the run; Lightning reads it from the launcher."""
    return getattr(rank_zero_only, "rank", 0) == 0


def said_by_main(say: Callable[[str], None]) -> Callable[[str], None]:
    """``say`` in the main process, nothing in the others."""
    return say if is_main_process() else _unsaid


def _unsaid(line: str) -> None:
    """What another rank would say."""
