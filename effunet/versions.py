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
    return {"python": platform.python_version()} | {name: version_of(name) for name in _LIBRARIES}


def version_of(distribution: str) -> str | None:
    """From its metadata, without importing it; None where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
