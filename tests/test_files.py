"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from effunet.errors import InputError
from effunet.files import replacing, write_bytes


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
