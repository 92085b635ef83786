"""``effunet data convert`` as it is typed, and training on what it writes."""

import shutil
from pathlib import Path

import pytest

from effunet.__main__ import main
from effunet.datasets import FORMATS

from ...commands import refused

FIXTURES = Path(__file__).parent / "fixtures"


def _words(kind: str, out: Path, *more: str) -> list[str]:
    layout = kind.removesuffix("_rle")
    source = FIXTURES / kind / "export"
    return ["data", "convert", "--from", layout, "--source", str(source), "--out", str(out), *more]


def test_there_is_an_export_of_every_format() -> None:
    assert {path.name.removesuffix("_rle") for path in FIXTURES.iterdir()} == set(FORMATS)
    assert all((path / "made_with.json").is_file() for path in FIXTURES.iterdir())


def test_what_was_made_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_words("coco", tmp_path / "roads")) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == f"out      {tmp_path / 'roads'}"
    data = f"--data.root {tmp_path / 'roads/roads.yaml'}"
    assert lines[0] == "pictures 2 train, 1 val"
    assert "note     pixels that nothing covers are the class background" in lines
    assert lines[-2:] == [f"next     effunet data check {data}", f"then     effunet train {data}"]


@pytest.mark.parametrize(("there", "missing"), [("train", "val"), ("val", "train")])
def test_without_a_split_the_next_command_makes_one(
    there: str, missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in"
    shutil.copytree(FIXTURES / "labelme/export" / there, source / there)
    out = tmp_path / "out"
    assert (
        main(["data", "convert", "--from", "labelme", "--source", str(source), "--out", str(out)])
        == 0
    )
    said = capsys.readouterr().out
    assert f"there is no {missing} split, and training needs one" in said
    assert f"effunet data split --out {out}-split --data.root" in said


@pytest.mark.usefixtures("_in_an_empty_folder")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "coc", "--source", ".", "--out", "x"], "did you mean coco?"),
        (["--from", "cvat", "--source", ".", "--out", "x"], "Segmentation mask 1.1"),
        (["--from", "YOLOv8", "--source", ".", "--out", "x"], "did you mean yolo?"),
        (["--from", "coco", "--source", "absent", "--out", "x"], "nothing to convert"),
        (["--from", "coco", "--source", ".", "--out", "x"], "lies inside the export"),
        (["--from", "coco", "--out", "x"], "--source"),
        (
            ["--from", "coco", "--source", ".", "--out", "x", "--unlabelled", "no"],
            "background or void",
        ),
    ],
)
def test_words_that_cannot_be_followed(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(["data", "convert", *words], capsys)


@pytest.mark.usefixtures("_in_an_empty_folder")
@pytest.mark.parametrize("layout", sorted(FORMATS))
def test_an_empty_folder_is_told_what_was_expected(
    layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    words = ["--from", layout, "--source", str(tmp_path / "empty"), "--out", "x"]
    assert "fix:   " in refused(["data", "convert", *words], capsys)


@pytest.mark.usefixtures("_in_an_empty_folder")
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("coco", "--from coco (annotations/instances_train.json)"),
        ("voc", "--from voc (SegmentationClass)"),
        ("yolo", "--from yolo (data.yaml)"),
        ("roboflow", "--from roboflow (train/_classes.csv)"),
        ("hugging_face", "--from hugging_face (id2label.json)"),
    ],
)
def test_an_export_of_another_format_is_recognised(
    kind: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(FIXTURES / kind / "export")
    words = ["--from", "labelme", "--source", source, "--out", "x"]
    assert f"by its files it is {told}\n" in refused(["data", "convert", *words], capsys)


def test_a_folder_that_holds_something_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").touch()
    assert main(_words("coco", tmp_path)) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(path.name for path in FIXTURES.iterdir()))
def test_it_can_be_trained_on(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_words(kind, tmp_path / "roads")) == 0
    data = ["--data.name", "folder", "--data.root", str(tmp_path / "roads/roads.yaml")]
    small = ["--data.crop_size", "[32,64]", "--model.weights", "none", "--trainer.epochs", "1"]
    assert main(["train", *data, *small, "--out", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run/best.safetensors").is_file()
    assert "best     mIoU" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("coco", "annotations/instances_val.json"),
        ("voc", "labelmap.txt"),
        ("voc", "ImageSets/Segmentation/val.txt"),
        ("yolo", "labels/val/drive2_c.txt"),
        ("labelme", "val/drive2_c.json"),
        ("roboflow", "valid/_classes.csv"),
        ("hugging_face", "id2label.json"),
        ("label_studio", "project-1.json"),
    ],
)
def test_nothing_is_read_through_a_link_out_of_the_export(
    kind: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = shutil.copytree(FIXTURES / kind / "export", tmp_path / "in")
    (source / file).rename(tmp_path / "elsewhere")
    (source / file).symlink_to(tmp_path / "elsewhere")
    words = ["--from", kind, "--source", str(source), "--out", str(tmp_path / "out")]
    assert main(["data", "convert", *words]) == 2
    assert "outside of the export" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
