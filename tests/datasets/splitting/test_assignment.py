from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.datasets.splitting import assignment
from effunet.datasets.splitting.assignment import assign_drives

Counts = NDArray[np.int64]


def _drives(count: int, seed: int) -> tuple[Counts, Counts]:
    """Pictures and pixels of four classes, of which the last is in two drives alone."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(1, 40, count)
    pixels = rng.integers(0, 1000, (count, 4)) * pictures[:, None]
    pixels[2:, 3] = 0
    pixels[:2, 3] = 5
    return pictures, pixels


def _cost(pictures: Counts, pixels: Counts, split_of: Counts, fractions: list[float]) -> float:
    """What the docstring says, split by split and class by class."""
    cost = 0.0
    for split, fraction in enumerate(fractions):
        inside = split_of == split
        size = pictures[inside].sum() / pictures.sum()
        if not size:
            return np.inf
        cost += (size / fraction - 1) ** 2
        parts = pixels[inside].sum(axis=0) / pixels.sum(axis=0)
        cost += np.mean(np.minimum(abs(parts / size - 1), 1) ** 2) + np.sum(parts == 0)
    return cost


@pytest.mark.parametrize("fractions", [[0.8, 0.2], [0.7, 0.2, 0.1]])
def test_nothing_is_better_where_all_can_be_tried(fractions: list[float]) -> None:
    pictures, pixels = _drives(7, seed=1)
    found = assign_drives(pictures, pixels, fractions, seed=3)
    ways = product(range(len(fractions)), repeat=7)
    best = min(_cost(pictures, pixels, np.array(way), fractions) for way in ways)
    assert _cost(pictures, pixels, found, fractions) == pytest.approx(best)


def test_the_search_comes_close_to_what_trying_all_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(5):
        pictures, pixels = _drives(12, seed=seed)
        best = assign_drives(pictures, pixels, [0.8, 0.2], seed=0)
        with monkeypatch.context() as patch:
            patch.setattr(assignment, "_MOST_TRIED", 0)
            found = assign_drives(pictures, pixels, [0.8, 0.2], seed=0)
        of_both = [_cost(pictures, pixels, way, [0.8, 0.2]) for way in (found, best)]
        assert of_both[0] == pytest.approx(of_both[1], rel=0.1)


def test_sizes_fit_and_a_rare_class_is_in_each_split() -> None:
    pictures, pixels = _drives(80, seed=5)
    found = assign_drives(pictures, pixels, [0.9, 0.1], seed=0)
    for split, fraction in enumerate([0.9, 0.1]):
        inside = found == split
        assert pictures[inside].sum() / pictures.sum() == pytest.approx(fraction, rel=0.05)
        assert pixels[inside].sum(axis=0).all()


def test_many_drives_are_levelled_out_far_better_than_by_chance() -> None:
    fractions, found, by_chance = [0.9, 0.1], 0.0, 0.0
    for seed in range(4):
        pictures, pixels = _drives(80, seed=seed)
        common = pixels[:, :3]
        way = assign_drives(pictures, common, fractions, seed=0)
        found += _cost(pictures, common, way, fractions)
        rng = np.random.default_rng(0)
        ways = (rng.choice(2, 80, p=fractions) for _ in range(300))
        by_chance += min(_cost(pictures, common, way, fractions) for way in ways)
    assert found < 0.03 * by_chance


def test_as_many_drives_as_splits_leave_none_empty() -> None:
    for seed in range(4):
        found = assign_drives(
            np.array([1, 500, 2]), np.zeros((3, 2), int), [0.8, 0.1, 0.1], seed=seed
        )
        assert sorted(found.tolist()) == [0, 1, 2]
        assert found[1] == 0
    for seed in range(4):
        equal = assign_drives(np.array([9, 9]), np.ones((2, 2), int), [0.95, 0.05], seed=seed)
        assert sorted(equal.tolist()) == [0, 1]


def test_the_seed_alone_decides_between_equal_ones() -> None:
    same = np.full(30, 10), np.full((30, 2), 100)
    once, again, other = (
        assign_drives(*same, [0.8, 0.2], seed=seed).tolist() for seed in (1, 1, 2)
    )
    assert once == again != other
