"""What a run that is out of memory says, and that what it says keeps the pictures of a step."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from effunet.__main__ import main
from effunet.config import TrainConfig, TrainerConfig
from effunet.run_folder import RunFolder
from effunet.training.learning.task import SegmentationTask
from effunet.training.less_memory import less_memory

from ..commands import train_words

_TOO_MUCH = 2**50  # bytes, more than any machine gives


@pytest.mark.parametrize(
    ("size", "accumulate", "crop", "expected"),
    [
        (8, 1, 64, "--batch_size 4 --trainer.accumulate 2"),
        (2, 3, 64, "--batch_size 1 --trainer.accumulate 6"),
        (9, 1, 64, "--batch_size 3 --trainer.accumulate 3"),
        (1, 4, 64, "a smaller --data.crop_size or --model.variant"),
        (2, 1, 32, "a smaller --data.crop_size or --model.variant"),
    ],
)
def test_a_smaller_batch_is_accumulated_to_the_same_step(
    size: int, accumulate: int, crop: int, expected: str
) -> None:
    config = TrainConfig(batch_size=size, trainer=TrainerConfig(accumulate=accumulate))
    assert less_memory(config, (crop, crop), resumed=None).startswith(expected)


def test_a_decoder_that_needs_two_pictures_is_not_told_to_take_one() -> None:
    config = TrainConfig(batch_size=2)
    config = replace(config, model=replace(config.model, decoder="deeplabv3plus"))
    assert "--batch_size" not in less_memory(config, (64, 64), resumed=None)


def test_a_resumed_run_is_told_to_begin_anew_for_another_batch() -> None:
    fix = less_memory(TrainConfig(batch_size=4), (64, 64), resumed=RunFolder(Path("/runs/a b")))
    assert "--config '/runs/a b/config.yaml' --model.weights '/runs/a b'" in fix
    assert fix.endswith("--batch_size 2 --trainer.accumulate 2")


def _after(times: int, step: Callable[..., object]) -> Callable[..., object]:
    """``step``, with too little memory for all but the first ``times``."""
    left = iter(range(times))

    def poor(*args: object) -> object:
        if next(left, None) is None:
            torch.empty(_TOO_MUCH, dtype=torch.uint8)
        return step(*args)

    return poor


@pytest.mark.parametrize(("step", "times"), [("training_step", 1), ("validation_step", 0)])
def test_memory_that_ends_in_a_step_is_one_message_with_what_to_type(
    idd_lite_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    step: str,
    times: int,
) -> None:
    monkeypatch.setattr(SegmentationTask, step, _after(times, getattr(SegmentationTask, step)))
    words = [*train_words(idd_lite_root), "--batch_size", "2", "--trainer.precision", "32"]
    words += ["--device", "cpu", "--num_workers", "0", "--out", str(tmp_path / "run")]
    words += ["--model.decoder_channels", "[8,8,8,8,8]"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("effunet: there is not enough memory\n")
    assert said.count("effunet: ") == 1
    assert "Traceback" not in said
    found = re.search(r"--batch_size (\d+) --trainer.accumulate (\d+)", said)
    assert found is not None
    assert found.groups() == ("1", "2")
