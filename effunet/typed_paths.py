"""What a file or folder that was typed can only be meant for, told by what lies there."""

import shlex
from collections.abc import Collection
from pathlib import Path

from .errors import InputError
from .run_folder import BEST
from .yaml_file import YAML_SUFFIXES, read_yaml

_MODELS = frozenset({".safetensors", ".ckpt", ".pt", ".pth"})


def plain_option(word: str) -> str | None:
    """The option that a word can only be the value of, in commands that have it."""
    path = Path(word)
    if path.suffix.lower() in _MODELS:
        return "checkpoint"
    try:
        if path.is_dir():
            if (path / BEST).exists():
                return "checkpoint"
            return None if any(path.glob(f"*/{BEST}")) else "data.root"
        described = path.suffix.lower() in YAML_SUFFIXES and path.is_file()
    except OSError:  # a word of thousands of letters
        return None
    return "data.root" if described and _describes_data(path) else None


def _describes_data(file: Path) -> bool:
    try:
        return are_of_data(read_yaml(file, what="a YAML file", fix="correct it").values)
    except InputError:
        return False


def are_of_data(keys: Collection[str]) -> bool:
    """Whether keys of a YAML file are about pictures and masks, be it with mistakes in it."""
    return not {"names", "train", "val"}.isdisjoint(keys)


def command_with(word: str) -> str | None:
    """What to type where a file or folder stands in the place of a command."""
    path, named = Path(word), shlex.quote(word)
    if not path.exists():
        return None
    option = plain_option(word)
    if option == "checkpoint":
        return f"effunet evaluate --checkpoint {named}"
    if path.is_dir():
        return f"effunet predict --source {named}, or effunet data check {named} for a data set"
    if option == "data.root":
        return f"effunet data check {named}, then effunet train --data.root {named}"
    command = "train --config" if path.suffix.lower() in YAML_SUFFIXES else "predict --source"
    return f"effunet {command} {named}"
