"""What a data set suggests for training on it, from one look at its files."""

from collections.abc import Callable
from dataclasses import dataclass

from ...losses import median_frequency
from ..check import raise_faults
from ..road_dataset import RoadDataset
from ..survey import SurveyedSplit, survey
from .crop import suggest_crop


@dataclass(frozen=True)
class Statistics:
    """What a data set holds."""

    class_names: tuple[str, ...]
    splits: tuple[SurveyedSplit, ...]
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
    found = survey(dataset, progress=progress)
    raise_faults(found.faults, root=dataset.root)
    learnt = found.splits[0].facts
    return Statistics(
        class_names=dataset.label_space.names,
        splits=found.splits,
        weights=tuple(median_frequency(learnt.class_pixels, learnt.class_images).tolist()),
        crop_size=suggest_crop(learnt.sizes, most_pixels=most_pixels),
    )
