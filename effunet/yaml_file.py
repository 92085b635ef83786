"""Reading a YAML file that a user wrote, with the line of every key."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import InputError


class _AsWritten(yaml.SafeLoader):
    """Leaves every plain scalar the text it is, merge keys aside."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # as PyYAML declares it
        "<": yaml.SafeLoader.yaml_implicit_resolvers["<"]
    }


@dataclass(frozen=True)
class YamlFile:
    """What a file says, and where."""

    path: Path
    values: dict[str, Any]
    written: dict[str, Any]
    """The same with every number, date and ``no`` as the text that stands there."""
    lines: dict[str, int]
    """Line of each key, those of inner mappings dotted: ``data.root``."""

    def place(self, key: str) -> str:
        """``FILE, line 3``, or the file alone where the key is not in it."""
        line = self.lines.get(key)
        return f"{self.path}, line {line}" if line else str(self.path)


def read_yaml(path: Path, *, what: str, fix: str) -> YamlFile:
    """Read a mapping.

    Args:
        path: The file.
        what: What the file is to the user, for messages.
        fix: How to mend a file that cannot be used.

    Raises:
        InputError: It is not there, not YAML, not a mapping, or repeats a key, of which YAML would
            let the last one win in silence.
    """
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
        written = yaml.load(text, _AsWritten)  # noqa: S506  # safe: it makes text only
        keys = list(_keys(node)) if isinstance(node, yaml.MappingNode) else []
    except OSError as error:
        raise _fault(path, what, error.strerror or str(error), fix) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _fault(path, what, f"line {line} is not YAML: {error.problem}", fix) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise _fault(path, what, f"it is not YAML: {reason}", fix) from error
    if not isinstance(values, dict):
        raise _fault(path, what, "it holds no keys", fix)
    lines: dict[str, int] = {}
    for key, line in keys:
        if key in lines:
            why = f"line {line} repeats the key {key} of line {lines[key]}"
            raise _fault(path, what, why, "keep one of them")
        lines[key] = line
    return YamlFile(path, values, written, lines)


def _keys(mapping: yaml.MappingNode, prefix: str = "") -> Iterator[tuple[str, int]]:
    for key, value in mapping.value:
        name = f"{prefix}{key.value}"
        yield name, key.start_mark.line + 1
        # an alias leads back to a node whose keys were listed where it is written
        if isinstance(value, yaml.MappingNode) and value.start_mark.index > key.start_mark.index:
            yield from _keys(value, f"{name}.")


def _fault(path: Path, what: str, why: str, fix: str) -> InputError:
    return InputError(f"{what} cannot be read", where=path, why=why, fix=fix)
