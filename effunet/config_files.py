"""The YAML files that options come from, and what is given in their place."""

import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from .config import SECTIONS
from .errors import InputError
from .files import expand_home
from .typed_paths import are_of_data
from .yaml_file import YamlFile, read_yaml


def config_files(words: Sequence[str]) -> Iterator[Path]:
    """Those that ``words`` name."""
    for word, following in pairwise([*words, ""]):
        option, equals, value = word.partition("=")
        if option == "--config":
            yield expand_home(value if equals else following)


def read_config(path: Path) -> YamlFile:
    """Read one, without looking at its values yet.

    Raises:
        InputError: It cannot be read, or is something else than a configuration.
    """
    fix = "give a YAML file such as those in configs/"
    if path.is_dir():
        run = (path / "config.yaml").is_file()
        why, option = ("is a run", "resume") if run else ("is a folder", "data.root")
        raise _not_a_config(path, why, option=option)
    if path.suffix == ".py":
        raise InputError(
            f"{path} is no configuration",
            where="--config, or a word without an option",
            why="it is a Python file, as mmsegmentation's are, and a configuration is YAML here",
            fix="start from one of configs/, or give options: effunet train --data.root DIR",
        )
    if path.suffix in {".pt", ".pth", ".safetensors"}:
        raise _not_a_config(path, "is a file of weights", option="model.weights")
    file = read_yaml(path, what="the configuration", fix=fix)
    if are_of_data(file.values):
        raise _not_a_config(path, "describes a data set", option="data.root")
    _refuse_numbers_for_keys(file, file.values)
    for name, value in file.values.items():
        if name in SECTIONS and not isinstance(value, dict):
            raise InputError(
                f"{name} is a section, and holds no keys",
                where=file.place(name),
                fix="write keys below it, or take the line away",
            )
    return file


def _not_a_config(path: Path, why: str, *, option: str) -> InputError:
    return InputError(
        f"{path} is no configuration",
        where="--config, or a word without an option",
        why=f"it {why}",
        fix=f"effunet train --{option} {shlex.quote(str(path))}",
    )


def _refuse_numbers_for_keys(file: YamlFile, values: object) -> None:
    if isinstance(values, list):
        for value in values:
            _refuse_numbers_for_keys(file, value)
    for key, value in values.items() if isinstance(values, dict) else ():
        if not isinstance(key, str):
            raise InputError(
                f"{key} cannot be a key of the configuration",
                where=file.path,
                why="every key is the name of an option",
                fix="`effunet train --help` lists every option",
            )
        _refuse_numbers_for_keys(file, value)
