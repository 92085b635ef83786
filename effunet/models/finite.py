"""Finding the tensor that holds NaN or an infinity."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import InputError


def first_not_finite(state: object) -> str | None:
    """Name of the first tensor with a NaN or an infinity, or None.

    Args:
        state: Tensors in mappings and lists at any depth, as optimisers keep them; whatever else
            lies there is passed over. The name is the way to the tensor: ``state.0.exp_avg``.
    """
    return next((name for name, tensor in tensors_in(state) if not _is_finite(tensor)), None)


def check_finite(state: object, *, what: str, where: Path, fix: str) -> None:
    """Refuse a state that would make every number that is computed from it NaN.

    Args:
        state: As :func:`first_not_finite` takes it.
        what: What holds the tensors, for the message: ``the checkpoint``.
        where: Its file.
        fix: What to do instead.

    Raises:
        InputError: A tensor holds a NaN or an infinity; it is named.
    """
    name = first_not_finite(state)
    if name is not None:
        raise InputError(
            f"{what} holds numbers that are not finite",
            where=where,
            why=f"the tensor {name} has NaN or infinity in it",
            fix=fix,
        )


def _is_finite(tensor: Tensor) -> bool:
    inexact = tensor.is_floating_point() or tensor.is_complex()
    return not inexact or bool(torch.isfinite(tensor).all())


def tensors_in(value: object, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """Each tensor in mappings and lists at any depth, with the way to it after ``name``."""
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, Mapping | list | tuple):
        parts = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, part in parts:
            yield from tensors_in(part, f"{name}.{key}" if name else str(key))
