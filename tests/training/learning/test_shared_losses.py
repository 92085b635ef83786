"""An epoch's mean loss over several ranks, resumed or not."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from effunet.training.learning.task import SegmentationTask
from effunet.training.parts import build_parts
from effunet.training.state.course import Course
from effunet.training.state.resume import FRESH

from ..conftest import TinyConfig


def _of_two_ranks(task: SegmentationTask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the other rank have losses that are larger by 2."""

    def reduce(losses: Tensor, *, reduce_op: str) -> Tensor:
        assert reduce_op == "mean"
        return (losses + losses + 2) / 2

    trainer = SimpleNamespace(world_size=2, strategy=SimpleNamespace(reduce=reduce))
    monkeypatch.setattr(SegmentationTask, "trainer", trainer)


def test_a_checkpoint_holds_the_means_over_all_ranks_each_taken_once(
    tiny_config: TinyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config()
    fresh = partial(build_parts, config, start=FRESH, course=Course(), load=False, progress=None)
    parts = [fresh() for _ in range(2)]
    task, resumed = (part.task for part in parts)
    _of_two_ranks(task, monkeypatch)
    task._losses += [torch.tensor(1.0), torch.tensor(2.0)]
    state: dict[str, Any] = {}
    for _ in range(2):  # a second file holds the same
        task.on_save_checkpoint(state)
        assert state["losses"] == [2.0, 3.0]
    resumed.on_load_checkpoint(state)
    for one in (task, resumed):
        one._losses.append(torch.tensor(5.0))
        one.on_save_checkpoint(state)
        assert state["losses"] == [2.0, 3.0, 6.0]
