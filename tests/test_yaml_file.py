from pathlib import Path

import pytest

from effunet.errors import InputError
from effunet.yaml_file import YamlFile, read_yaml


def read(tmp_path: Path, content: bytes) -> YamlFile:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    return read_yaml(path, what="the recipe", fix="write keys")


def test_every_key_has_its_line(tmp_path: Path) -> None:
    file = read(tmp_path, b"# why\ndata:\n  root: x\nseed: 3\n")
    assert file.values == {"data": {"root": "x"}, "seed": 3}
    assert file.lines == {"data": 2, "data.root": 3, "seed": 4}
    assert file.place("data.root") == f"{file.path}, line 3"


def test_scalars_are_kept_as_they_are_written(tmp_path: Path) -> None:
    file = read(tmp_path, b"on: no\na: &a {b: 1.0, c: [~, 2024-01-01, '3']}\nd: {<<: *a, e: 012}\n")
    assert file.values["a"]["b"] == 1.0
    inner = {"b": "1.0", "c": ["~", "2024-01-01", "3"]}
    assert file.written == {"on": "no", "a": inner, "d": inner | {"e": "012"}}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no keys"),
        (b"- 1", "no keys"),
        (b"data: [", "line 1"),
        (b"\xff\xfe\x00\xca", "not YAML"),
        (b"seed: 1\ndata:\n  root: x\n  root: y\n", "line 4 repeats the key data.root of line 3"),
    ],
)
def test_a_file_that_says_nothing_is_refused(content: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=why):
        read(tmp_path, content)


def test_a_file_that_holds_itself_is_read_once(tmp_path: Path) -> None:
    bomb = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}\n" for n in range(1, 40)
    )
    assert len(read(tmp_path, bomb.encode()).lines) == 2 + 39 * 3
    assert read(tmp_path, b"a: &a {b: *a}").lines == {"a": 1, "a.b": 1}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the recipe cannot be read\n  where: .*absent"):
        read_yaml(tmp_path / "absent.yaml", what="the recipe", fix="write one")
