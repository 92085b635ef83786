"""What is typed wrongly is named, with what to type instead."""

from pathlib import Path

import pytest

from effunet.__main__ import main
from effunet.arguments import parse
from effunet.cli import VERBS

from .commands import refused, train_words

pytestmark = pytest.mark.usefixtures("_in_an_empty_folder")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "effunet train"),
        (["data", "mak"], "effunet data make"),
        (["train", "--data.rooot", "x"], "did you mean --data.root"),
        (["train", "--lr", "1"], "did you mean --optim.lr"),
        (["train", "data.root=x"], "type --data.root x"),
        (["train", "--trainer.learning_rate", "1"], "did you mean --optim.lr"),
        (["data", "check", "--data", "my.yaml"], "--data is a section"),
        (["train", "--data.root", "data"], "no data set is recognised"),
        (["train", "--data.name", "camvid", "--data.root", "x"], "no camvid data"),
        (["predict", "--imgsz", "640"], "unknown option 'imgsz'"),
        (["predict", "--num_workers", "2"], "did you mean --threads"),
        (["predict", "--workers", "2"], "did you mean --threads"),
        (["evaluate", "--workers", "2"], "did you mean --num_workers"),
        (["train", "--data.crop_size", "[64]"], "it must be 2 numbers"),
        (["train", "--data.scale_range", "[2,1]"], "two rising numbers"),
        (["predict", "--checkpoint", "x", "--source", "drive.mp4"], "ffmpeg -i drive.mp4"),
        (["train", "--batch_size", "many"], "it must be a whole number"),
        (["train", "--optim.schedule", "linear"], "it must be poly or cosine"),
        (["train", "--loss.class_weights", "x"], "none or auto or numbers such as"),
        (["evaluate", "--checkpoint", "run", "--labels", "x"], "a checkpoint is scored on"),
        (["evaluate", "--predictions", "x", "--labels", "y", "--data.root", "z"], "--labels"),
        (
            ["evaluate", "--checkpoint", "run", "--prediction_ids", "label"],
            "a checkpoint is scored",
        ),
        (["evaluate", "--predictions", "x", "--labels", "y", "--split", "test"], "--split"),
        (["evaluate", "--predictions", "x", "--labels", "y", "--prediction_ids", "x"], "or label"),
        (["train", "--config", "absent.yaml"], "absent.yaml"),
        (["predict"], "effunet predict SOURCE"),
        (["predict", "--checkpoint", "run", "--source", "a.jpg", "b.jpg"], "no such picture"),
        (["evaluate", "--checkpoint", "."], "no run's folder"),
        (["train", "--config", "/dev/null/a.yaml"], "Not a directory"),
        (["evaluate"], "no finished run"),
        (["evaluate", "--labels", "x"], "--predictions DIR --labels DIR"),
        (["evaluate", "--predictions", "x", "--labels", "y", "--label_space", "idd"], "idd_lite"),
        (["train"], "--data.root"),
        (["train", "--resume", "nowhere"], "cannot be resumed"),
        (["predict", "--checkpoint", "absent", "--source", "absent"], "absent"),
    ],
)
def test_words_that_cannot_be_followed(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = tmp_path / "drive.mp4"
    video.touch()
    words = [word.replace("drive.mp4", str(video)) for word in words]
    assert message in refused(words, capsys)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\ndata: {rooot: x}", "did you mean --data.root"),
        ("seed: 1\noptimm: {lr: 1}", "did you mean --optim"),
        ("seed: 1\ntrainer: {epochs: many}", "trainer.epochs cannot be 'many'"),
        ("seed: 1\ndata:\n", "data is a section"),
        ("seed: 1\nmodel: b3\n", "model is a section"),
    ],
)
def test_a_wrong_key_in_a_file_is_named_with_its_line(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "wrong.yaml"
    config.write_text(text)
    said = refused(["train", "--config", str(config)], capsys)
    assert message in said
    assert f"where: {config}, line 2" in said


def test_what_was_typed_is_not_blamed_on_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "right.yaml"
    config.write_text("trainer: {epochs: 3}")
    words = ["train", "--config", str(config), "--trainer.epochs", "many"]
    assert "where: effunet train\n" in refused(words, capsys)


def test_a_switch_needs_no_value() -> None:
    words = ["--checkpoint", "run", "--overlay", "--source", "a.jpg", "--probabilities"]
    values = parse("predict", VERBS["predict"], words)
    assert values["overlay"] is values["probabilities"] is True
    assert values["source"] == "a.jpg"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("trainer.epochs", "0"),
        ("num_workers", "-3"),
        ("optim.lr", "-1"),
        ("trainer.ema", "2"),
        ("data.scale_range", "[2,1]"),
        ("data.flip", "3"),
        ("loss.terms", "{cross_entropi: 1}"),
        ("loss.class_weights", "[1,2]"),
        ("data.crop_size", "128"),
        ("trainer.epoch", "3"),
        ("trainer.strategy", "dpp"),
        ("trainer.devices", "many"),
    ],
)
def test_a_value_that_cannot_be_trained_with(
    option: str, value: str, idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused([*train_words(idd_lite_root), f"--{option}", value], capsys)
    assert option.rpartition(".")[2] in said or "cross_entropy" in said


def test_a_description_is_no_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    described = tmp_path / "mine.yaml"
    described.write_text("train: images\nnames: {0: road, 1: other}\n")
    words = ["train", "--config", str(described)]
    assert f"effunet train --data.root {described}" in refused(words, capsys)


def test_a_word_of_python_can_be_an_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--from", "coco", "--source", "here", "--out", str(tmp_path)]
    values = parse("data convert", VERBS["data convert"], words)
    assert values["from_"] == "coco"
    assert "--from is missing" in refused(["data", "convert"], capsys)
    assert "did you mean --from x?" in refused(["data", "convert", "--form", "x"], capsys)
    assert "unknown option" in refused(["data", "convert", "--from_", "x"], capsys)
    with pytest.raises(SystemExit):
        main(["data", "convert", "--help"])
    assert "--from FROM " in capsys.readouterr().out
