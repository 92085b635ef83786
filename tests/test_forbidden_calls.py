"""Nothing that is read can run code: what could make it do so stands nowhere in the tree."""

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(
    [*ROOT.glob("effunet/**/*.py"), *ROOT.glob("benchmarks/*.py"), ROOT / "train_seg.py"]
)

FORBIDDEN_MODULES = frozenset(
    {
        *("pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "jsonpickle"),
        *("marshal", "shelve", "code", "codeop", "runpy", "tarfile", "torch.hub", "torch.package"),
    }
)
FORBIDDEN = frozenset(
    {
        *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "pty.spawn"),
        *("subprocess.getoutput", "subprocess.getstatusoutput", "shutil.unpack_archive"),
        *("yaml.load", "yaml.load_all", "yaml.full_load", "yaml.full_load_all"),
        *("yaml.unsafe_load", "yaml.unsafe_load_all", "yaml.Loader", "yaml.FullLoader"),
        *("yaml.UnsafeLoader", "yaml.CLoader", "yaml.CFullLoader", "yaml.CUnsafeLoader"),
        *("torch.jit.load", "torch.serialization.add_safe_globals", "torch.serialization.load"),
        *("torch.serialization.safe_globals", "pydoc.locate", "logging.config.listen"),
        *("importlib.__import__", "pandas.read_pickle"),
    }
)
FORBIDDEN_METHODS = frozenset({"extractall", "extract", "add_safe_globals", "load_from_checkpoint"})
NEEDED = {"torch.load": ("weights_only", True)}
"""Function → the keyword that each call must have, written out."""
REFUSED = {"numpy.load": "allow_pickle", "numpy.save": "allow_pickle"}
"""Function → the keyword that no call may have."""
NAMES_OF_A_TABLE = {"importlib.import_module": "effunet/models/weights/starting.py"}
"""Function → the one file that calls it, with names of its own table."""


def _faults(source: str, place: str = "") -> list[str]:
    tree = ast.parse(source)
    imported = dict(_imported(tree))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {id(call.func) for call in calls}
    uses = list(_uses(tree, imported))
    faults = [
        f"{node.lineno}: {name}"
        for node, name in uses
        if _is_forbidden(name, place) or (name in NEEDED and id(node) not in called)  # handed on
    ]
    faults += [
        f"{node.lineno}: {name}" for node, name in _imports(tree) if _is_forbidden(name, place)
    ]
    wrong = (call for call in calls if _is_wrong(call, _resolved(call.func, imported)))
    return faults + [f"{call.lineno}: {ast.unparse(call)}" for call in wrong]


def _is_wrong(call: ast.Call, name: str | None) -> bool:
    given = {
        keyword.arg: keyword.value.value if isinstance(keyword.value, ast.Constant) else ...
        for keyword in call.keywords
    }
    if given.get("shell", False) is not False:
        return True
    if name in NEEDED and given.get(NEEDED[name][0]) is not NEEDED[name][1]:
        return True
    if name in REFUSED and given.get(REFUSED[name], False) is not False:
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr in FORBIDDEN_METHODS


def _is_forbidden(name: str, place: str) -> bool:
    if name in NAMES_OF_A_TABLE:
        return place != NAMES_OF_A_TABLE[name]
    parts = name.split(".")
    starts = {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
    return name in FORBIDDEN or bool(starts & FORBIDDEN_MODULES)


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Name in the file → what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _imports(tree: ast.AST) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def _uses(tree: ast.AST, imported: dict[str, str]) -> Iterator[tuple[ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = _resolved(node, imported)
            if name is not None:
                yield node, name


def _resolved(node: ast.expr, imported: dict[str, str]) -> str | None:
    """The dotted name that an expression stands for, where imports tell."""
    if isinstance(node, ast.Name):
        if node.id in imported:
            return imported[node.id]
        return node.id if hasattr(builtins, node.id) else None
    if isinstance(node, ast.Attribute):
        of = _resolved(node.value, imported)
        return None if of is None else f"{of}.{node.attr}".removeprefix("builtins.")
    return None


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_calls_what_could_run_what_it_reads(file: Path) -> None:
    place = file.relative_to(ROOT).as_posix()
    assert _faults(file.read_text(encoding="utf-8"), place) == []


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.load(path)",
        "import torch\ntorch.load(path, weights_only=False)",
        "import torch\ntorch.load(path, weights_only=flag)",
        "import torch\ntorch.load(path, **options)",
        "import torch as t\nt.load(path)",
        "from torch import load\nload(path)",
        "from torch import load as read\nread(path)",
        "from torch.serialization import load\nload(path, weights_only=True)",
        "import torch\nread = torch.load\nread(path)",
        "import torch\ntorch.serialization.add_safe_globals([x])",
        "import torch\ntorch.hub.load('a', 'b')",
        "import torch\ntorch.jit.load(path)",
        "import pickle",
        "import pickle as p",
        "from pickle import loads",
        "def f():\n    from dill import load",
        "import yaml\nyaml.load(text, Loader=yaml.SafeLoader)",
        "from yaml import unsafe_load as safe_load",
        "import yaml\nclass L(yaml.FullLoader): pass",
        "eval('1')",
        "run = exec",
        "import builtins\nbuiltins.eval('1')",
        "__import__(name)",
        "import importlib\nimportlib.import_module(name)",
        "import os\nos.system('ls')",
        "import subprocess\nsubprocess.run('ls', shell=True)",
        "import subprocess\nsubprocess.run('ls', shell=flag)",
        "import tarfile",
        "import zipfile\nzipfile.ZipFile(path).extractall(out)",
        "from shutil import unpack_archive",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
        "Task.load_from_checkpoint(path)",
    ],
)
def test_each_way_to_run_code_is_seen(source: str) -> None:
    assert _faults(source)


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.load(path, weights_only=True, mmap=True)",
        "from torch import load as read\nread(path, weights_only=True)",
        "import yaml\nyaml.safe_load(text)\nyaml.compose(text, Loader=yaml.SafeLoader)",
        "import subprocess\nsubprocess.run(['ls'], check=True)",
        "import zipfile\nzipfile.ZipFile(path).infolist()",
        "import numpy as np\nnp.load(path)",
        "model.eval()",
    ],
)
def test_what_runs_nothing_may_stay(source: str) -> None:
    assert _faults(source) == []
