"""Print the lowest versions that pyproject.toml allows, as constraints for pip."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def constraints() -> Iterator[str]:
    """``name==version`` of every bound, those of the extras too."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    for line in (*project["dependencies"], *(line for extra in extras for line in extra)):
        requirement = Requirement(line)
        of_another_python = requirement.marker and not requirement.marker.evaluate()
        if requirement.name == project["name"] or of_another_python:  # its own extras
            continue
        (lowest,) = (bound.version for bound in requirement.specifier if bound.operator in LOWER)
        yield f"{requirement.name}=={lowest}"


LOWER = {">=", "=="}

if __name__ == "__main__":
    print("\n".join(constraints()))
