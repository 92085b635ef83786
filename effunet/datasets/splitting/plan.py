"""Which pictures of a data set go to which split, drive by drive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..check import check_pairs, pixels_by_file, raise_faults
from ..pairs import SegmentationPair
from ..road_dataset import RoadDataset
from .assignment import assign_drives
from .telling import Telling, tell_drives, too_few

POOLED = ("train", "val")
"""Splits whose pictures are divided."""


@dataclass(frozen=True)
class Part:
    """What one split gets."""

    name: str
    """train, val or test."""
    pairs: tuple[SegmentationPair, ...]
    """In the order they were found; the sequence of each is its drive."""
    pixels: NDArray[np.int64]
    """``(n, k + 1)`` pixels of each class in each picture, void last."""

    @property
    def drives(self) -> tuple[str, ...]:
        """Each once, in order."""
        return tuple(dict.fromkeys(str(pair.sequence) for pair in self.pairs))


@dataclass(frozen=True)
class Plan:
    """A data set in its new splits."""

    dataset: RoadDataset
    parts: tuple[Part, ...]
    told: str
    """How drives were told, in words."""
    notes: tuple[str, ...]
    """What is worth knowing."""


def plan_split(
    dataset: RoadDataset,
    *,
    val: float,
    test: float,
    seed: int,
    drives: Telling,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Divide the labelled pictures of train and val anew; the files stay as they are.

    Drives in which the same picture lies, byte by byte, stay together.

    Args:
        dataset: What is divided.
        val: Part of the pictures for val, above 0.
        test: Part for test; 0 for none.
        seed: The same seed gives the same splits.
        drives: How drives are told: auto, folder, prefix or picture.
        progress: Called with pictures looked at and to look at.

    Raises:
        InputError: Fractions make no sense, files have faults, or there are too few drives.
    """
    fractions = _fractions(val, test)
    pairs = _pooled(dataset)
    told, words = tell_drives(pairs, drives)
    if len(set(told)) < len(fractions):
        raise too_few(told, list(fractions), words)
    report = check_pairs(
        pairs, dataset.label_space, dataset.label_map, root=dataset.root, progress=progress
    )
    raise_faults(report.faults, root=report.root)
    groups = _tied(told, report.facts.sha256)
    count = len(set(groups.tolist()))
    if count < len(fractions):
        raise too_few(told, list(fractions), f"{words}, of which some hold the same pictures")
    pixels = pixels_by_file(report.meaning, dataset.label_space.num_classes)
    of_group = assign_drives(
        np.bincount(groups),
        np.stack([pixels[groups == group, :-1].sum(axis=0) for group in range(count)]),
        list(fractions.values()),
        seed=seed,
    )
    placed = [replace(pair, sequence=drive) for pair, drive in zip(pairs, told, strict=True)]
    parts = _parts(list(fractions), placed, pixels, of_group[groups])
    notes = (*dataset.notes, *report.facts.notes, *_tied_notes(told, groups), *_test(dataset))
    return Plan(dataset, parts, words, notes)


def _parts(
    names: Sequence[str],
    pairs: Sequence[SegmentationPair],
    pixels: NDArray[np.int64],
    of_picture: NDArray[np.int64],
) -> tuple[Part, ...]:
    return tuple(
        Part(
            name,
            tuple(pair for pair, its in zip(pairs, of_picture, strict=True) if its == split),
            pixels[of_picture == split],
        )
        for split, name in enumerate(names)
    )


def _fractions(val: float, test: float) -> dict[str, float]:
    if not (0 < val < 1 and 0 <= test < 1 and val + test < 1):
        raise InputError(
            f"val {val:g} and test {test:g} leave no sensible parts",
            where="--val, --test",
            why="they are parts of the pictures, and train gets the rest",
            fix=f"--val {val / 100:g}"
            if 1 <= val < 100 and not test
            else "--val 0.1, and --test 0.1 if you need a third split",
        )
    fractions = {"train": 1 - val - test, "val": val, "test": test}
    return {name: fraction for name, fraction in fractions.items() if fraction}


def _pooled(dataset: RoadDataset) -> list[SegmentationPair]:
    """Of train and val, each file once, with keys that are unique over both."""
    found: dict[tuple[str, str], SegmentationPair] = {}
    for split in POOLED:
        for pair in dataset.layout.list_pairs(split):
            files = str(pair.image.resolve()), str(pair.mask.resolve())
            found.setdefault(files, replace(pair, key=f"{split}/{pair.key}"))
    return list(found.values()) or dataset.pairs(POOLED[0])


def _tied(drives: Sequence[str], digests: Sequence[str]) -> NDArray[np.int64]:
    """Number of the group ``(n,)`` of each picture: drives that share a picture are one."""
    above: dict[str, str] = {}

    def top(drive: str) -> str:
        while drive in above:
            drive = above[drive]
        return drive

    first: dict[str, str] = {}
    for drive, digest in zip(drives, digests, strict=True):
        one, other = sorted((top(first.setdefault(digest, drive)), top(drive)))
        if one != other:
            above[other] = one
    _, groups = np.unique([top(drive) for drive in drives], return_inverse=True)
    return groups.astype(np.int64)


def _tied_notes(drives: Sequence[str], groups: NDArray[np.int64]) -> list[str]:
    """What is said where drives are kept together."""
    of_group: dict[int, set[str]] = {}
    for drive, group in zip(drives, groups.tolist(), strict=True):
        of_group.setdefault(group, set()).add(drive)
    tied = [sorted(names) for names in of_group.values() if len(names) > 1]
    if not tied:
        return []
    return [
        f"{sum(map(len, tied))} drives hold the same pictures as others and stay with them, such "
        f"as {tied[0][0]} and {tied[0][1]}"
    ]


def _test(dataset: RoadDataset) -> list[str]:
    if not dataset.layout.list_pairs("test"):
        return []
    return ["the test split stays where it is, and out of the new ones"]
