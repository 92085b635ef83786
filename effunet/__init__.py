"""Road scene segmentation with Eff-UNet.

``effunet.load(path)`` gives a predictor. It and ``__version__`` are looked up when first asked for,
so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .inference import load

__all__ = ["load"]


def __getattr__(name: str) -> object:
    """PEP 562: the public names, imported when they are first used."""
    if name == "load":
        from .inference import load

        return load
    if name == "__version__":
        from importlib.metadata import version

        return version("effunet-road")
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
