"""What `make test-lowest` installs is what pyproject.toml allows."""

import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def test_every_dependency_is_held_at_a_version_that_is_allowed() -> None:
    script = ROOT / "tests" / "lowest_versions.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    held = dict(line.split("==") for line in done.stdout.splitlines())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["supervision"], *extras["weights"], *extras["dev"]]
    here = [
        bound for bound in map(Requirement, lines) if not bound.marker or bound.marker.evaluate()
    ]
    bounds = {bound.name: bound.specifier for bound in here}
    del bounds[project["name"]]
    assert held.keys() == bounds.keys()
    assert all(bounds[name].contains(version) for name, version in held.items())
    assert held["torch"] == "2.11"
