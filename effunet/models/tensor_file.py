"""Tensors out of files that anyone may have written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..files import named_in_utf8

_LARGEST_HEADER = 8 << 20
"""Bytes of names and shapes, before anything is built from them; ten thousand tensors take one."""

_KINDS = frozenset(
    {
        *(torch.float32, torch.float64, torch.float16, torch.bfloat16),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    }
)


@contextmanager
def opened_tensors(path: Path) -> Iterator[Any]:  # safe_open, which ships no types
    """The open file.

    Raises:
        SafetensorError: It is no safetensors file, or its header is absurd.
        OSError: It cannot be opened.
    """
    with path.open("rb") as file:
        announced = int.from_bytes(file.read(8), "little")
    if announced > _LARGEST_HEADER:
        raise SafetensorError(
            f"its header claims {announced} bytes, the most that is read are {_LARGEST_HEADER}"
        )
    with named_in_utf8(path) as named, safe_open(named, framework="pt") as opened:
        yield opened


def all_tensors(opened: Any) -> dict[str, Tensor]:  # noqa: ANN401  # see opened_tensors
    """Every tensor by its name."""
    return {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # no mapping


def check_plain(state: Mapping[str, Tensor]) -> None:
    """Refuse what no network here is made of, and what would take more memory than its file.

    Raises:
        ValueError: A tensor is of an odd type, sparse, or repeats the few numbers it has.
    """
    for name, tensor in state.items():
        if tensor.dtype not in _KINDS:
            raise ValueError(f"the tensor {name[:200]} is of {tensor.dtype}")
        if tensor.layout != torch.strided or tensor.device.type != "cpu":
            raise ValueError(f"the tensor {name[:200]} is no plain array of numbers")
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise ValueError(f"the tensor {name[:200]} repeats the few numbers it has")
