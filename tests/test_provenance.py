import sys
from importlib.metadata import version

import pytest
import torch

from effunet.provenance import command_line, folded, made_now, version_lines


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["/usr/bin/effunet", "predict", "a b.jpg"], "effunet predict 'a b.jpg'"),
        (["/src/effunet/__main__.py", "train"], "effunet train"),
        (["/src/mine/__main__.py", "--all"], "python -m mine --all"),
        (["/home/me/train_seg.py", "--seed", "1"], "python train_seg.py --seed 1"),
        (["/lib/ipykernel_launcher.py", "-f", "kernel.json"], "none: from Python"),
        (["-c"], "none: from Python"),
    ],
)
def test_the_command_is_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, words: list[str], line: str
) -> None:
    monkeypatch.setattr(sys, "argv", words)
    assert command_line() == line


def test_a_command_of_a_thousand_files_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["effunet", "predict", *(f"{i}.jpg" for i in range(1000))])
    assert command_line().startswith("effunet predict 0.jpg 1.jpg")
    assert command_line().endswith(" ...")
    assert len(command_line()) < 700


def test_what_made_it_is_named() -> None:
    facts = made_now(seconds=75, device=torch.device("cpu"), precision="32 (plain)")
    assert facts["took"] == "1 min 15 s"
    assert "thread" in facts["device"]
    assert "device" not in made_now(seconds=1)
    assert f"torch {version('torch')}" in version_lines()


def test_what_few_ask_for_is_folded() -> None:
    assert list(folded({})) == ["Versions"]
    lines = folded({"batch_size": 2, "data": {"crop_size": (64, 96)}})
    assert list(lines) == ["Hyper-parameters of its training", "Versions"]
    assert lines["Hyper-parameters of its training"].startswith("batch_size: 2\ndata:\n")
