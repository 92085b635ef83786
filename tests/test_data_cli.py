"""The commands on data sets, as a user types them."""

from pathlib import Path

import pytest

from effunet.__main__ import main

from .commands import refused

pytestmark = pytest.mark.usefixtures("_in_an_empty_folder")


def _words(root: Path, verb: str, *more: str) -> list[str]:
    return ["data", verb, "--data.name", "idd_lite", "--data.root", str(root), *more]


def test_what_split_writes_is_checked_previewed_and_measured(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_words(idd_lite_root, "split", "--out", "new", "--drives", "picture")) == 0
    said = capsys.readouterr().out
    assert f"out      {Path('new').absolute()}" in said
    (train,) = (line for line in said.splitlines() if line.startswith("next"))
    described = train.split("--data.root ")[1]
    assert Path(described).is_file()
    for verb in ("check", "stats", "preview"):
        assert main(["data", verb, "--data.name", "folder", "--data.root", described]) == 0
    said = capsys.readouterr().out
    assert "train: 6 sound pairs" in said
    assert "--loss.class_weights auto" in said
    assert "shown    7 of 7 pictures" in said
    assert Path("runs/preview/new/preview.html").is_file()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["split", "--out", "new", "--val", "1.5"], "leave no sensible parts"),
        (["split", "--out", "new", "--val", "20"], "fix:   --val 0.2\n"),
        (["split", "--out", "new", "--val", "0.1", "--test", "0.2"], "2 drives cannot be split"),
        (["split", "--out", "new", "--drives", "folders"], "auto or folder or prefix or picture"),
        (["split", "--out", "{root}/leftImg8bit/train/new"], "among the pictures"),
        (["split", "--out", "{root}"], "nothing is overwritten"),
        (["split"], "--out"),
        (["preview", "--split", "test"], "has no labels"),
        (["preview", "--split", "vla"], "no pictures in its vla split"),
        (["preview", "--count", "0"], "no pictures would be shown"),
        (["preview", "--seed", "-1"], "seed"),
        (["split", "--out", "new", "--seed", "-1"], "seed"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(
    idd_lite_root: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    words = [word.format(root=idd_lite_root) for word in words]
    assert why in refused(_words(idd_lite_root, *words), capsys)
