"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from effunet.errors import InputError
from effunet.files import check_folder, filling, replacing, write_bytes


def test_missing_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    write_bytes(path, b"old")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    write_bytes(path, b"old")

    def fill_the_disk() -> None:
        with replacing(path) as stream:
            stream.write(b"ne")
            raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space left on device"):
        fill_the_disk()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


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


def test_a_folder_that_cannot_be_made_is_refused_and_not_made(tmp_path: Path) -> None:
    check_folder(tmp_path / "new/deeper")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="Not a directory"):
        check_folder(tmp_path / "file/deeper")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
