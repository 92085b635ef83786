"""Which drive goes to which split, so that every split looks like the whole."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MOST_TRIED = 100_000  # ways to assign all drives; where there are more, a part is searched
_RESTARTS = 4
_NEIGHBOURS = 1000  # looked at before each step
_IN_VAIN = 3  # looks without a step, after which there is none

Assignment = NDArray[np.int64]


def assign_drives(
    pictures: NDArray[np.int64],
    class_pixels: NDArray[np.int64],
    fractions: Sequence[float],
    *,
    seed: int,
) -> Assignment:
    """The split ``(d,)`` of every drive; no split is empty.

    What counts, each by the square of how far it is off in proportion, so that a rare class weighs
    as much as a common one: the pictures of a split against its fraction, and the part of each
    class's pixels that it gets against its part of the pictures, where twice too much or none at
    all is the most: one drive may hold half of a rare class. A class that a split lacks costs one
    more. Where all assignments can be tried the best is taken, else the best that several
    descents from random ones find.

    Args:
        pictures: ``(d,)`` of each drive, at least as many drives as fractions.
        class_pixels: ``(d, k)`` of each drive.
        fractions: Part of the pictures that each split shall have; together 1.
        seed: Decides between equally good ones, and where the search begins.
    """
    rng = np.random.default_rng(seed)
    present = class_pixels.sum(axis=0) > 0
    weights = np.column_stack([pictures, class_pixels[:, present]]).astype(np.float64)
    weights /= weights.sum(axis=0)
    order = rng.permutation(len(weights))
    costs = _Costs(weights[order], np.asarray(fractions))
    every = len(fractions) ** len(weights) <= _MOST_TRIED
    found = _best_of_all(costs) if every else _best_found(costs, rng)
    assignment = np.empty_like(found)
    assignment[order] = found
    return assignment


class _Costs:
    """What assignments cost.

    Args:
        weights: ``(d, m)`` part of the pictures, then of each class, that each drive holds.
        fractions: ``(s,)``.
    """

    def __init__(self, weights: NDArray[np.float64], fractions: NDArray[np.float64]) -> None:
        self.weights = weights
        self.fractions = fractions

    def __call__(self, assignments: Assignment) -> NDArray[np.float64]:
        """``(n,)`` of assignments ``(n, d)``."""
        parts = np.stack(
            [(assignments == split) @ self.weights for split in range(len(self.fractions))], axis=1
        )  # (n, s, m)
        sizes, classes = parts[..., 0], parts[..., 1:]
        off = ((sizes / self.fractions - 1) ** 2).sum(axis=1)
        if classes.shape[2]:
            ratios = classes / np.maximum(sizes, np.finfo(float).tiny)[..., None]
            of_classes = np.minimum(np.abs(ratios - 1), 1) ** 2
            off += of_classes.mean(axis=2).sum(axis=1) + (classes == 0).sum(axis=(1, 2))
        return np.where((sizes == 0).any(axis=1), np.inf, off)


def _best_of_all(costs: _Costs) -> Assignment:
    splits, drives = len(costs.fractions), len(costs.weights)
    ways = np.unravel_index(np.arange(splits**drives), (splits,) * drives)
    assignments = np.stack(ways, axis=1).astype(np.int64)
    best: Assignment = assignments[costs(assignments).argmin()]
    return best


def _best_found(costs: _Costs, rng: np.random.Generator) -> Assignment:
    ends = np.stack([_descent(costs, rng) for _ in range(_RESTARTS)])
    best: Assignment = ends[costs(ends).argmin()]
    return best


def _descent(costs: _Costs, rng: np.random.Generator) -> Assignment:
    """From the best of some random assignments on, the best of some neighbours, again and again."""
    drives = len(costs.weights)
    looked_at = max(50, min(_NEIGHBOURS, 4_000_000 // drives))
    splits = rng.choice(len(costs.fractions), (looked_at, drives), p=costs.fractions)
    splits[:, : len(costs.fractions)] = np.arange(len(costs.fractions))  # none is empty
    current: Assignment = rng.permuted(splits, axis=1)
    current, cost = _cheapest(costs, current)
    in_vain = 0
    while in_vain < _IN_VAIN:
        near, its_cost = _cheapest(costs, _neighbours(current, looked_at, costs, rng))
        if its_cost < cost:
            current, cost, in_vain = near, its_cost, 0
        else:
            in_vain += 1
    return current


def _neighbours(
    current: Assignment, count: int, costs: _Costs, rng: np.random.Generator
) -> Assignment:
    """Half of them with one drive moved, half with two that have changed places."""
    near = np.tile(current, (count, 1))
    moved, swapped = np.arange(count // 2), np.arange(count // 2, count)
    drives = len(current)
    near[moved, rng.integers(drives, size=len(moved))] = rng.integers(
        len(costs.fractions), size=len(moved)
    )
    one, other = rng.integers(drives, size=(2, len(swapped)))
    near[swapped, one], near[swapped, other] = current[other], current[one]
    return near


def _cheapest(costs: _Costs, assignments: Assignment) -> tuple[Assignment, float]:
    of_each = costs(assignments)
    best = int(of_each.argmin())
    return assignments[best], float(of_each[best])
