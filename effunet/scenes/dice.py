"""Draws from a generator: one of several, and one of several by weight."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

import numpy as np

Choice = TypeVar("Choice")


def pick(rng: np.random.Generator, choices: Sequence[Choice]) -> Choice:
    """One of the choices, all equally likely."""
    return choices[int(rng.integers(len(choices)))]


def pick_weighted(rng: np.random.Generator, weights: Mapping[Choice, float]) -> Choice:
    """One of the keys, as likely as its weight."""
    mark = rng.random() * sum(weights.values())
    reached = accumulate(weights.values())
    return next(key for key, total in zip(weights, reached, strict=True) if mark < total)
