"""Which versions made a file."""

import platform
from importlib import metadata

_LIBRARIES = (
    "effunet-road",
    "torch",
    "timm",
    "segmentation-models-pytorch",
    "safetensors",
    "numpy",
    "pillow",
)


def installed_versions() -> dict[str, str | None]:
    """Of Python and of the libraries that decide a number; None where one is not installed."""
    versions: dict[str, str | None] = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:  # effunet itself, run from a clone
            versions[library] = None
    return versions
