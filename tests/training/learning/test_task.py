import copy
import logging
from itertools import count
from pathlib import Path

import pytest
from rich.console import Console
from torch import nn

from effunet.config import TrainerConfig
from effunet.models import Segmenter, for_inference
from effunet.models.speed import FastCopy, fast
from effunet.training import train
from effunet.training.learning import task

from ..conftest import TinyConfig


def test_the_verdict_on_fast_layers_is_taken_and_said_once_a_run(
    tiny_config: TinyConfig,
    tmp_path: Path,
    quiet: Console,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(network: nn.Module) -> None:
        raise RuntimeError(f"no such kernel, {next(times)}")

    times = count(1)
    given: list[tuple[str, ...] | None] = []

    def noted(segmenter: Segmenter, *, steps: tuple[str, ...] | None) -> FastCopy:
        given.append(steps)
        return for_inference(segmenter, steps=steps)

    fast._SAID.clear()
    monkeypatch.setitem(fast._STEPS, "packing", fast._Step(refuse, lambda *_: True))
    monkeypatch.setattr(task, "for_inference", noted)
    with caplog.at_level(logging.WARNING, logger=fast.__name__):
        train(tiny_config(trainer=TrainerConfig(epochs=3)), out=tmp_path / "run", console=quiet)
    assert given == [None, ("folding",), ("folding",)]
    said = [record.message for record in caplog.records if record.name == fast.__name__]
    assert said == [
        "lite0 under unet computes without packing, right but slower: "
        "RuntimeError: no such kernel, 2"  # the first was that of the estimate, which says nothing
    ]


def test_a_verdict_of_weights_that_prove_nothing_is_taken_again(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, ...] | None] = []
    taken: list[tuple[str, ...]] = []

    def noted(segmenter: Segmenter, *, steps: tuple[str, ...] | None) -> FastCopy:
        if not given:
            segmenter = copy.deepcopy(segmenter)
            for parameter in segmenter.network.get_submodule("segmentation_head").parameters():
                nn.init.zeros_(parameter)
        given.append(steps)
        fast_copy = for_inference(segmenter, steps=steps)
        taken.append(fast_copy.steps)
        return fast_copy

    monkeypatch.setattr(task, "for_inference", noted)
    train(tiny_config(trainer=TrainerConfig(epochs=3)), out=tmp_path / "run", console=quiet)
    assert taken[0] == ()
    assert "folding" in taken[1]
    assert given == [None, None, taken[1]]
