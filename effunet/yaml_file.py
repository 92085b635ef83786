"""Reading a YAML file that a user wrote or was given, with the line of every key."""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from .errors import InputError

YAML_SUFFIXES = frozenset({".yaml", ".yml"})

# Some lines can stand for gigabytes, or for no end at all: what a file stands for, its aliases
# written out, is counted before any of it is built.
_MOST_BYTES = 1 << 16
_MOST_VALUES = 20_000
_DEEPEST = 16
_MOST_OPEN = 256  # brackets: the reader itself takes seconds over thousands of them
_LONGEST = 4096
"""Characters of one value; the longest path."""

_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)


@dataclass(frozen=True)
class YamlFile:
    """What a file says, and where."""

    path: Path
    values: dict[Any, Any]
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
        InputError: It is not there, not YAML, not a mapping, as :func:`check_text` refuses it, or
            no ordinary file.
    """
    try:
        node = check_text(_text(path))
        lines = dict(_keys(node)) if isinstance(node, yaml.MappingNode) else {}
        values = None if node is None else yaml.SafeLoader("").construct_document(node)
    except OSError as error:
        raise _fault(path, what, error.strerror or str(error), fix) from error
    except _UnwantedError as error:
        raise _fault(path, what, f"line {_line(error)} {error.problem}", fix) from error
    except yaml.MarkedYAMLError as error:
        tab = "; it is indented by spaces" if r"'\t'" in str(error.problem) else ""
        why = f"line {_line(error)} is not YAML: {error.problem}{tab}"
        raise _fault(path, what, why, fix) from error
    except (yaml.YAMLError, ValueError, ArithmeticError) as error:
        reason = " ".join(str(error).split())[:200]
        raise _fault(path, what, f"it is not YAML: {reason}", fix) from error
    if node is None or not isinstance(values, dict):
        raise _fault(path, what, "it holds no keys", fix)
    return YamlFile(path, values, _as_written(node), lines)


def check_text(text: str) -> yaml.Node | None:
    """The nodes of ``text``, where building them takes little time and memory; None for none.

    Raises:
        yaml.YAMLError: It is not YAML, holds itself, stands for too much, has tags of its own, or
            repeats a key, of which YAML would let the last one win in silence.
    """
    if _most_open(text) > _MOST_OPEN:
        raise yaml.YAMLError("it is nested too deeply")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise yaml.YAMLError("it is nested too deeply") from None
    if node is not None:
        _measure(node, {}, frozenset())
    return node


def _most_open(text: str) -> int:
    """How many brackets are open at once, those in quotes too."""
    steps = (1 if bracket in "[{" else -1 for bracket in re.findall(r"[\[\]{}]", text))
    return max(accumulate(steps), default=0)


class _UnwantedError(yaml.MarkedYAMLError):
    """It is YAML, and not what anyone would write here."""


def _unwanted(node: yaml.Node, problem: str) -> _UnwantedError:
    return _UnwantedError(problem=problem, problem_mark=node.start_mark)


def _line(error: yaml.MarkedYAMLError) -> int:
    return error.problem_mark.line + 1 if error.problem_mark else 1


def _text(path: Path) -> str:
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe may never end, nor may a device
        raise ValueError("it is no ordinary file")
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"it is longer than {_MOST_BYTES >> 10} KiB")
    return content.decode()


def _measure(
    node: yaml.Node, known: dict[int, tuple[int, int]], above: frozenset[int]
) -> tuple[int, int]:
    """How many values a node stands for with its aliases written out, and how deep they lie.

    Args:
        node: Where to look.
        known: What was measured before.
        above: The nodes that it lies in.
    """
    if id(node) in above:
        raise _unwanted(node, "holds itself")
    if id(node) not in known:
        _check_node(node)
        above = above | {id(node)}
        parts = [_measure(part, known, above) for part in _parts(node)]
        values = 1 + sum(count for count, _ in parts)
        depth = 1 + max((depth for _, depth in parts), default=0)
        if values > _MOST_VALUES:
            raise _unwanted(node, f"stands for more than {_MOST_VALUES} values")
        if depth > _DEEPEST:
            raise _unwanted(node, f"is nested more than {_DEEPEST} deep")
        known[id(node)] = values, depth
    return known[id(node)]


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _check_node(node: yaml.Node) -> None:
    if node.tag not in _TAGS:
        raise _unwanted(node, f"has the tag {node.tag[:80]}, which nothing here reads")
    if isinstance(node, yaml.ScalarNode) and len(node.value) > _LONGEST:
        raise _unwanted(node, f"has a value of more than {_LONGEST} characters")
    seen: dict[str, int] = {}
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if not isinstance(key, yaml.ScalarNode):
            raise _unwanted(key, "has a list or a mapping for a key")
        line = key.start_mark.line + 1
        if key.value in seen:
            raise _unwanted(key, f"repeats the key {key.value} of line {seen[key.value]}")
        seen[key.value] = line


def _keys(mapping: yaml.MappingNode, prefix: str = "") -> Iterator[tuple[str, int]]:
    for key, value in mapping.value:
        name = f"{prefix}{key.value}"
        yield name, key.start_mark.line + 1
        # an alias leads back to a node whose keys were listed where it is written
        if isinstance(value, yaml.MappingNode) and value.start_mark.index > key.start_mark.index:
            yield from _keys(value, f"{name}.")


def _as_written(node: yaml.Node) -> Any:  # noqa: ANN401  # text in lists and mappings
    """Every plain scalar as the text it is; merge keys are written out already."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _as_written(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_as_written(part) for part in node.value]
    return node.value


def _fault(path: Path, what: str, why: str, fix: str) -> InputError:
    return InputError(f"{what} cannot be read", where=path, why=why, fix=fix)
