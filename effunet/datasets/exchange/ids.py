"""Masks of ids or colours, turned into the positions of an export's classes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...imaging import read_mask
from .values import inside


def positions(
    values: NDArray[np.integer], known: Mapping[int, int], *, listed_in: str
) -> NDArray[np.uint8]:
    """What ``known`` says of every one of the ``values`` ``(h, w)``.

    Raises:
        InputError: It says nothing of one of them.
    """
    found, inverse = np.unique(values, return_inverse=True)
    if set(found.tolist()) - known.keys():
        raise InputError(
            f"a mask holds ids or colours that {listed_in} does not list",
            fix=f"add them to {listed_in}, or export the masks again",
        )
    table = np.array([known[value] for value in found.tolist()], dtype=np.uint8)
    ids: NDArray[np.uint8] = table[inverse].reshape(values.shape)
    return ids


def check_size(mask: NDArray[np.generic], size: tuple[int, int]) -> None:
    """Make sure that a mask goes with its picture of ``size`` (height, width).

    Raises:
        InputError: It does not.
    """
    if mask.shape[:2] != size:
        raise InputError(
            "a mask has another size than its picture",
            fix="export masks and pictures again, in one size",
        )


def read_positions(
    file: Path, known: Mapping[int, int], listed_in: str, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """The ids of a mask file as positions of classes.

    Raises:
        InputError: It cannot be read, has another size, holds colours, or ids nobody knows.
    """
    mask = read_mask(file)
    with inside(file):
        check_size(mask, size)
        if mask.ndim != 2:
            raise InputError(
                "a mask holds colours, where the format has ids",
                fix="export masks of ids (grey or palette PNG)",
            )
        return positions(mask, known, listed_in=listed_in)
