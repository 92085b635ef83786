"""Files appear whole or not at all."""

import os
from pathlib import Path

import pytest

from effunet.errors import InputError
from effunet.files import check_folder, named_in_utf8, replacing, write_bytes


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


def test_a_folder_that_cannot_be_made_is_refused_and_not_made(tmp_path: Path) -> None:
    check_folder(tmp_path / "new/deeper")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="Not a directory"):
        check_folder(tmp_path / "file/deeper")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_file_has_a_name_in_utf_8(tmp_path: Path) -> None:
    for name in (b"plain", b"stra\xdfe"):
        path = tmp_path / os.fsdecode(name)
        path.write_bytes(name)
        with named_in_utf8(path) as named:
            assert Path(str(named).encode().decode()).read_bytes() == name
