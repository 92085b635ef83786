import os
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
        (b"seed: 1\ndata:\n  root: x\n  root: y\n", "line 4 repeats the key root of line 3"),
    ],
)
def test_a_file_that_says_nothing_is_refused(content: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=why):
        read(tmp_path, content)


_DOUBLING = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}\n" for n in range(1, 40)
)
_CHAIN = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (_DOUBLING, "stands for more than|nested more than"),
        (_CHAIN, "line 16 is nested more than 16 deep"),
        ("a: &a {b: *a}", "line 1 holds itself"),
        ("a:\n- &a [*a]", "line 2 holds itself"),
        ("a: " + "[" * 20_000, "nested too deeply"),
        ("a: [" + "1," * 25_000 + "]", "line 1 stands for more than 20000 values"),
        ("a: " + "x" * 5000, "line 1 has a value of more than 4096 characters"),
        ("a: 1\n" * 20_000, "longer than 64 KiB"),
        ("a: !!python/object/apply:os.getcwd []", "line 1 has the tag"),
        ("a: !!set {b}", "line 1 has the tag"),
        ("a: 1\n? [b]\n: 2", "line 2 has a list or a mapping for a key"),
        ("a: [{b: 1,\n b: 2}]", "line 2 repeats the key b of line 1"),
        ("a: " + ":".join(["59"] * 1200) + ".5", "not YAML"),
        ("a: 2024-99-99", "not YAML"),
    ],
)
def test_what_no_one_writes_by_hand_is_refused_before_it_is_built(
    text: str, why: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=why):
        read(tmp_path, text.encode())


def test_an_alias_is_read_as_what_it_stands_for(tmp_path: Path) -> None:
    file = read(tmp_path, b"a: &a {x: 1}\nb: *a\nc: [*a, *a]\n")
    assert file.values == {"a": {"x": 1}, "b": {"x": 1}, "c": [{"x": 1}, {"x": 1}]}
    assert file.lines == {"a": 1, "a.x": 1, "b": 2, "c": 3}


def test_a_pipe_and_a_device_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path / "pipe.yaml", Path("/dev/zero"), tmp_path):
        with pytest.raises(InputError, match="no ordinary file"):
            read_yaml(path, what="the recipe", fix="write one")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the recipe cannot be read\n  where: .*absent"):
        read_yaml(tmp_path / "absent.yaml", what="the recipe", fix="write one")


def test_a_tab_says_what_stands_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("names:\n\t0: road\n")
    with pytest.raises(InputError, match=r"line 2 is not YAML: .*indented by spaces"):
        read_yaml(file, what="a file", fix="correct it")
