"""Values with a slip in them are answered with how they are spelled here."""

import pytest

from .commands import refused

pytestmark = pytest.mark.usefixtures("_in_an_empty_folder")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--optim.lr 0,001", "--optim.lr 0.001?"),
        ("--optim.lr ,5", "--optim.lr .5?"),
        ("--trainer.epochs 1e2", "--trainer.epochs 100?"),
        ("--data.crop_size 64x96", "--data.crop_size '[64,96]'?"),
        ("--data.crop_size 64,96", "--data.crop_size '[64,96]'?"),
        ("--data.crop_size 64", "--data.crop_size '[64,64]'?"),
        ("--trainer.precision bf16-mixed", "--trainer.precision bf16?"),
        ("--trainer.precision fp16", "--trainer.precision 16?"),
        ("--optim.schedule CosineAnnealing", "--optim.schedule cosine?"),
        ("--loss.terms dice", "--loss.terms '{dice: 1.0}'?"),
    ],
)
def test_a_slip(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"did you mean {meant}" in refused(["train", *typed.split()], capsys)


@pytest.mark.parametrize("typed", ["--optim.lr fast", "--trainer.epochs 1.5", "--seed none"])
def test_what_nobody_can_guess(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(["train", *typed.split()], capsys)
    assert "it must be" in said
    assert "did you mean" not in said
