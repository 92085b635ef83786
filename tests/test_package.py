import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import effunet

ROOT = Path(__file__).parents[1]


def test_importing_the_package_imports_nothing_else() -> None:
    code = (
        "import sys, typing; before = set(sys.modules); import effunet; "
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['effunet']\n"


def test_version_is_the_one_in_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert effunet.__version__ == metadata.version(project["name"]) == project["version"]


def test_load_is_there_without_an_import() -> None:
    assert callable(effunet.load)


def test_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        effunet.lode  # noqa: B018
