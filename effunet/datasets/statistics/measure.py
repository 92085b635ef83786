"""Counts and sizes of every labelled split, from one look at its files."""

from collections.abc import Callable
from dataclasses import dataclass

from ...losses import median_frequency
from ..check import SplitFacts, check_pairs, raise_faults
from ..road_dataset import RoadDataset
from .crop import suggest_crop

LABELLED = ("train", "val", "test")
"""Splits that are looked at where they have labels."""


@dataclass(frozen=True)
class SplitStatistics:
    """What one split holds."""

    name: str
    """train, val or test."""
    facts: SplitFacts


@dataclass(frozen=True)
class Statistics:
    """What a data set holds."""

    class_names: tuple[str, ...]
    splits: tuple[SplitStatistics, ...]
    """Those with labels, at least one."""
    weights: tuple[float, ...]
    """Of each class, as ``loss.class_weights: auto`` computes them from the first split."""
    crop_size: tuple[int, int]
    """``(height, width)`` that suits the pictures of the first split."""


def measure(
    dataset: RoadDataset,
    *,
    most_pixels: int,
    progress: Callable[[int, int], None] | None = None,
) -> Statistics:
    """Look at every labelled split.

    Args:
        dataset: What is measured.
        most_pixels: Of a suggested crop.
        progress: Called with how many pairs of a split are done and how many there are.

    Raises:
        InputError: There are faults, or no split has labels.
    """
    pairs = {split: dataset.layout.list_pairs(split) for split in LABELLED}
    if not any(pairs.values()):
        dataset.pairs("train")  # says what is missing
    space = dataset.label_space
    reports = {
        split: check_pairs(found, space, dataset.label_map, root=dataset.root, progress=progress)
        for split, found in pairs.items()
        if found
    }
    faults = [fault for report in reports.values() for fault in report.faults]
    raise_faults(faults, root=dataset.root)
    splits = tuple(SplitStatistics(split, report.facts) for split, report in reports.items())
    learnt = splits[0].facts
    return Statistics(
        class_names=space.names,
        splits=splits,
        weights=tuple(median_frequency(learnt.class_pixels, learnt.class_images).tolist()),
        crop_size=suggest_crop(learnt.sizes, most_pixels=most_pixels),
    )
