"""Running a command as a user does."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from effunet.__main__ import main


def words_of(options: Mapping[str, object]) -> list[str]:
    return [word for key, value in options.items() for word in (f"--{key}", str(value))]


def train_words(root: Path) -> list[str]:
    return [
        *("train", "--data.root", str(root), "--data.crop_size", "[32,64]"),
        *("--model.weights", "none", "--trainer.epochs", "1"),
    ]


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(words) == 2
    printed, said = capsys.readouterr()
    assert "out " not in printed  # nothing is announced that is not made
    assert said.startswith("effunet: ")
    assert "fix: " in said
    assert "Traceback" not in said
    assert not list(Path().iterdir())
    return said
