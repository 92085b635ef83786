from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from effunet.config import OptimConfig, TrainerConfig
from effunet.training import train

from ..conftest import TinyConfig, equal, weights_of
from ..faults import nan_pixels


def test_with_ema_the_best_holds_the_average_and_training_goes_on_with_its_own(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    ends = {}
    for name, ema in (("plain", 0.0), ("averaged", 0.9)):
        config = tiny_config(trainer=TrainerConfig(epochs=1, ema=ema))
        train(config, out=tmp_path / name, console=quiet)
        ends[name] = weights_of(tmp_path / name)
    assert equal(ends["plain"], ends["averaged"])

    state = torch.load(tmp_path / "averaged/last.ckpt", weights_only=True)
    average = state["callbacks"]["Ema"]["average"]
    for kept in ("best", "final"):  # one epoch, so that they are the same
        found = load_file(tmp_path / f"averaged/{kept}.safetensors")
        assert equal({f"network.{name}": value for name, value in found.items()}, average)
    raw = {name.removeprefix("segmenter."): value for name, value in state["state_dict"].items()}
    assert not equal(raw, average)


@pytest.mark.parametrize("steps", [1, 2])
def test_the_average_follows_its_formula(
    steps: int,
    tiny_config: TinyConfig,
    tmp_path: Path,
    quiet: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After one step from w0 to w1 the decay is 2 / 11, so the average is 2/11 w0 + 9/11 w1.

    A second step that is not made leaves it so.
    """
    nan_pixels(monkeypatch, [(0, 1)])
    config = tiny_config(trainer=TrainerConfig(epochs=1, ema=0.9, limit_train_batches=steps))
    before = replace(config, optim=OptimConfig(lr=0.0, encoder_lr=0.0))
    train(before, out=tmp_path / "before", console=quiet)
    train(config, out=tmp_path / "after", console=quiet)
    name = "network.segmentation_head.0.weight"
    start = weights_of(tmp_path / "before")[f"segmenter.{name}"]
    state = torch.load(tmp_path / "after/last.ckpt", weights_only=True)
    assert state["global_step"] == steps
    end = state["state_dict"][f"segmenter.{name}"]
    average = state["callbacks"]["Ema"]["average"][name]
    torch.testing.assert_close(average, 2 / 11 * start + 9 / 11 * end)
    assert not torch.equal(start, end)
