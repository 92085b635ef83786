"""From Python as from the command line: one parser, the same defaults and messages."""

import json
from pathlib import Path

import numpy as np
import pytest

import effunet
from effunet import api, cli
from effunet.arguments import parse
from effunet.config import TrainConfig, TrainerConfig
from effunet.errors import InputError
from effunet.imaging import write_mask
from effunet.labels import LABEL_SPACES
from effunet.models import load_model


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> list[TrainConfig]:
    """What training was asked for, without training."""
    asked: list[TrainConfig] = []

    def note(config: TrainConfig, *, out: Path | None, console: object) -> effunet.TrainResult:
        asked.append(config)
        return effunet.TrainResult(config, out or Path("run"), miou=0.5, epoch=0)

    monkeypatch.setattr(api, "train_new", note)
    return asked


def test_options_are_those_of_the_command(config: list[TrainConfig], tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("optim: {lr: 0.5, schedule: cosine}\ntrainer: {epochs: 7, ema: 0.9}\n")
    effunet.train(
        recipe,
        data={"root": tmp_path, "crop_size": (64, 96)},
        model={"variant": "phi=1.5"},
        loss={"terms": {"dice": 1.0}, "class_weights": "auto"},
        optim={"lr": 1e-3},
        trainer=TrainerConfig(epochs=9),
        batch_size=3,
    )
    words = (
        f"--config {recipe} --data.root {tmp_path} --data.crop_size [64,96] --batch_size 3 "
        "--model.variant phi=1.5 --loss.class_weights auto --optim.lr 0.001 --trainer.epochs 9"
    ).split()
    typed = parse("train", cli.VERBS["train"], [*words, "--loss.terms", "{dice: 1.0}"])
    assert config == [typed["config"]]
    assert (config[0].trainer.ema, config[0].optim.schedule) == (0.9, "cosine")


def test_a_name_alone_is_where_the_data_lies(config: list[TrainConfig], tmp_path: Path) -> None:
    effunet.train(data=tmp_path / "roads", out=tmp_path / "run")
    effunet.train(data=str(tmp_path / "roads"))
    assert [one.data.root for one in config] == [str(tmp_path / "roads")] * 2


def test_a_slip_is_told_as_on_the_command_line() -> None:
    with pytest.raises(InputError, match=r"unknown option 'trainer.epoch'") as error:
        effunet.train(trainer={"epoch": 3})
    assert "--trainer.epochs" in str(error.value)
    with pytest.raises(InputError, match="batch_size cannot be 'many'"):
        effunet.train(batch_size="many")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["unet", 5, ["unet"], TrainerConfig()])
def test_a_section_that_is_none_is_told_what_it_takes(value: object) -> None:
    with pytest.raises(InputError, match="model cannot be") as error:
        effunet.train(model=value)  # type: ignore[arg-type]
    assert "effunet.ModelConfig(NAME=VALUE)" in error.value.fix


def test_a_run_from_training_to_its_score(idd_lite_root: Path, tmp_path: Path) -> None:
    """What training returns is a run wherever one is taken, and shows itself."""
    run = effunet.train(
        data={"root": idd_lite_root, "crop_size": (32, 64)},
        model={"weights": "none", "decoder_channels": [16, 16, 8, 8, 8]},
        trainer={"epochs": 1},
        batch_size=2,
        num_workers=0,
        device="cpu",
        out=tmp_path / "run",
        quiet=True,
    )
    scores = effunet.evaluate(run, device="cpu", out=tmp_path / "scores")
    assert scores.miou == pytest.approx(run.miou, abs=1e-9)
    assert effunet.load(run).label_space == load_model(run.run).label_space
    for shown in (repr(run), repr(scores), run._repr_html_(), scores._repr_html_()):
        assert f"{run.miou:.4f}" in shown
    written = json.loads((tmp_path / "scores/metrics.json").read_text())
    assert written["miou"] == scores.miou
    assert scores.worst[0].key in (tmp_path / "scores/report.html").read_text()
    assert (tmp_path / "run/curves.png").read_bytes() == run.plot().png
    with pytest.raises(InputError, match="this run is finished"):
        effunet.train(resume=run, quiet=True)


def test_ready_made_masks_are_scored_from_python_too(tmp_path: Path) -> None:
    mask = np.array([[0, 1], [255, 1]], np.uint8)
    for folder in ("labels", "masks"):
        write_mask(tmp_path / folder / "a.png", mask, LABEL_SPACES["idd_lite"].palette_array())
    masks, labels = tmp_path / "masks", str(tmp_path / "labels")
    scores = effunet.evaluate(predictions=masks, labels=labels, label_space="idd_lite")
    assert scores.miou == 1
    with pytest.raises(InputError, match="a checkpoint is scored on a data set"):
        effunet.evaluate("run", predictions=masks, labels=labels)


def test_help_lists_what_there_is() -> None:
    assert set(effunet.__all__) < set(dir(effunet))
    for name in effunet.__all__:
        assert getattr(effunet, name).__doc__
