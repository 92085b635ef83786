"""Tensors out of the files that ``torch.save`` writes, which may be made to run code."""

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ...files import named_in_utf8
from .matching import State

_MOST_OF_FILE = 64 << 10
"""Bytes beside the tensors by which an archive may grow when it is unpacked; torch packs none."""
_LARGEST_PICKLE = 16 << 20
"""Bytes of names and shapes; ten thousand tensors take one or two million."""


def read_pickled(path: Path) -> State:
    """The state dict in a ``.pth`` file, never executing anything in it.

    Raises:
        Exception: What torch makes of a file that is none; :func:`why_refused` says it in words.
    """
    refuse_bomb(path)
    with warnings.catch_warnings(), named_in_utf8(path) as named:
        warnings.simplefilter("ignore")  # torch warns of protocols before it refuses them
        return _unwrapped(torch.load(named, map_location="cpu", weights_only=True))


def why_refused(error: Exception) -> str:
    """Why torch does not read a file, without its advice to trust the file all the same."""
    line = (str(error).strip().splitlines() or [""])[0]
    if "weights_only" in str(error):
        return "it holds more than tensors, which could run code"
    return line[:200]


def refuse_bomb(path: Path) -> None:
    """Look at what an archive says of its parts before torch unpacks them.

    Raises:
        ValueError: They are more than the file itself holds, or the pickle alone is gigantic.
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            if file.read(1) not in {b"", b"\x80"}:
                raise ValueError("it is no file that torch.save writes")
        return
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    if sum(part.file_size for part in parts) > path.stat().st_size + _MOST_OF_FILE:
        raise ValueError("its parts are packed, which torch.save never does")
    pickles = [part.file_size for part in parts if part.filename.endswith(".pkl")]
    if max(pickles, default=0) > _LARGEST_PICKLE:
        raise ValueError(f"its list of tensors takes more than {_LARGEST_PICKLE >> 20} MiB")


def _unwrapped(content: object) -> State:
    """The state dict itself, which training scripts save under one of a few names."""
    for key in ("state_dict", "model", "model_state_dict"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    tensors = content if isinstance(content, Mapping) else {}
    return {str(name): value for name, value in tensors.items() if isinstance(value, Tensor)}
