"""Folders belong to one command at a time."""

from pathlib import Path

import pytest

from effunet.claims import claimed, filling
from effunet.errors import InputError


def draw_half(folder: Path) -> None:
    with filling(folder) as filled:
        (filled / "half").touch()
        raise KeyboardInterrupt


@pytest.mark.parametrize("there", [False, True])
def test_an_interrupted_folder_leaves_nothing(there: bool, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    if there:
        folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        draw_half(folder)
    assert list(tmp_path.rglob("*")) == ([folder] if there else [])


def test_a_folder_appears_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    for folder in (tmp_path / "link", tmp_path / "new/data"):
        with filling(folder) as filled:
            (filled / "inner").mkdir()
            (filled / "inner/a").touch()
            assert not (folder / "inner").exists()
        assert [path.name for path in folder.rglob("*")] == ["inner", "a"]


def test_a_folder_that_is_there_stays_the_same_one(tmp_path: Path) -> None:
    """A mount point, for example, cannot be replaced."""
    before = tmp_path.stat().st_ino
    with filling(tmp_path) as filled:
        (filled / "a").touch()
    assert tmp_path.stat().st_ino == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def claim(folder: Path, *, new: bool, fill: bool = False, fail: bool = False) -> Path:
    with claimed(folder, new=new) as own:
        if fill:
            (own / "mask").touch()
        if fail:
            raise KeyboardInterrupt
    return own


def test_a_new_folder_is_never_one_that_is_there(tmp_path: Path) -> None:
    names = [claim(tmp_path / "val", new=True, fill=True).name for _ in range(3)]
    assert names == ["val", "val-2", "val-3"]
    assert claim(tmp_path / "val", new=False).name == "val"


@pytest.mark.parametrize("new", [False, True])
def test_a_command_that_fails_before_it_writes_leaves_no_folder(new: bool, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        claim(tmp_path / "runs/predict/val", new=new, fail=True)
    assert not list(tmp_path.iterdir())
    (tmp_path / "runs/predict").mkdir(parents=True)  # what was there before stays
    with pytest.raises(KeyboardInterrupt):
        claim(tmp_path / "runs/predict/val", new=new, fail=True)
    assert [path.name for path in tmp_path.rglob("*")] == ["runs", "predict"]


def test_what_was_written_before_a_failure_stays(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        claim(tmp_path / "val", new=True, fill=True, fail=True)
    assert (tmp_path / "val/mask").is_file()
    (tmp_path / "empty").mkdir()
    with pytest.raises(KeyboardInterrupt):
        claim(tmp_path / "empty", new=False, fail=True)
    assert (tmp_path / "empty").is_dir()


def test_two_commands_never_write_into_one_folder(tmp_path: Path) -> None:
    with claimed(tmp_path / "masks", new=False):
        with pytest.raises(InputError, match="another command is writing into this folder"):
            claim(tmp_path / "masks", new=False)
        (tmp_path / "link").symlink_to("masks")
        with pytest.raises(InputError, match="another command"):
            claim(tmp_path / "link", new=False)
    claim(tmp_path / "masks", new=False)


def test_two_drawings_never_fill_one_folder(tmp_path: Path) -> None:
    with filling(tmp_path / "data") as filled:
        (filled / "a").touch()
        with pytest.raises(InputError, match="another command"):
            draw_half(tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["a"]


@pytest.mark.parametrize("new", [False, True])
def test_a_folder_below_a_file_cannot_be_claimed(new: bool, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        claim(tmp_path / "file/masks", new=new)
    with pytest.raises(InputError, match="cannot be written"):
        claim(tmp_path / ("x" * 300), new=new)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_lock_that_a_killed_command_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("here 1 0123456789abcdef\n")
    claim(tmp_path, new=False)
    assert not list(tmp_path.iterdir())
