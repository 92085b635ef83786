"""Everything that is known of the labelled splits of a data set, faults or not."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .check import (
    Fault,
    IntegrityReport,
    SplitFacts,
    below,
    check_pairs,
    faults_between,
    pixels_by_file,
    shared_drives,
    stray_labels,
)
from .pairs import SegmentationPair
from .road_dataset import RoadDataset

_LABELLED = ("train", "val", "test")


@dataclass(frozen=True)
class SurveyedSplit:
    """What one split holds."""

    name: str
    pairs: tuple[SegmentationPair, ...]
    """All of them, readable or not."""
    report: IntegrityReport
    """What the check found in them."""
    pixels: dict[Path, NDArray[np.int64]]
    """Label file → ``(k + 1,)`` pixels of each class, void last; of the readable pairs."""
    digests: dict[Path, str]
    """Label file → SHA-256 of its picture; of the readable pairs."""

    @property
    def facts(self) -> SplitFacts:
        """Of the readable pairs."""
        return self.report.facts


@dataclass(frozen=True)
class Survey:
    """What a look at every file found."""

    splits: tuple[SurveyedSplit, ...]
    """At least one."""
    faults: tuple[Fault, ...]
    """All that is wrong, with single files and between splits."""
    notes: tuple[str, ...]
    """What is no fault and worth knowing."""


def survey(
    dataset: RoadDataset,
    *,
    only: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Survey:
    """Look at the labelled splits as the check before training does, and go on past faults.

    Args:
        dataset: What is looked at.
        only: One split; all with labels if left out.
        progress: Called with how many pairs of a split are done and how many there are.

    Raises:
        InputError: There are no labels to look at.
    """
    names = _LABELLED if only is None else (only,)
    pairs = {name: found for name in names if (found := dataset.layout.list_pairs(name))}
    if not pairs:
        dataset.pairs(names[0])  # says what is missing
    splits = tuple(_surveyed(dataset, name, of, progress) for name, of in pairs.items())
    notes = [*dataset.notes]
    for split in splits:
        said = (*split.facts.notes, *stray_labels(dataset, split.name))
        notes += [f"{split.name}: {note}" for note in said]
    train, val = pairs.get("train", []), pairs.get("val", [])
    notes += [f"val: {note}" for note in shared_drives(train, val)]
    faults = [fault for split in splits for fault in split.report.faults]
    for one, other in combinations(splits, 2):
        faults += [*_between(one, other), *_shared(one, other, root=dataset.root)]
    return Survey(splits, tuple(faults), tuple(notes))


def _surveyed(
    dataset: RoadDataset,
    name: str,
    pairs: list[SegmentationPair],
    progress: Callable[[int, int], None] | None,
) -> SurveyedSplit:
    space = dataset.label_space
    report = check_pairs(pairs, space, dataset.label_map, root=dataset.root, progress=progress)
    counts = pixels_by_file(report.meaning, space.num_classes)
    masks = [file.path for file in report.meaning.files]
    return SurveyedSplit(
        name,
        tuple(pairs),
        report,
        pixels=dict(zip(masks, counts, strict=True)),
        digests=dict(zip(masks, report.facts.sha256, strict=True)),
    )


def _between(one: SurveyedSplit, other: SurveyedSplit) -> list[Fault]:
    """Label files that are sound in each of the two and not together."""
    meanings = one.report.meaning, other.report.meaning
    return [] if any(meaning.faults for meaning in meanings) else faults_between(*meanings)


def _shared(one: SurveyedSplit, other: SurveyedSplit, *, root: Path) -> list[Fault]:
    """Pictures that are in both, byte by byte."""
    known = {digest: mask for mask, digest in one.digests.items()}
    image_of = {pair.mask: pair.image for split in (one, other) for pair in split.pairs}
    kind = f"in the {one.name} split too"
    return [
        Fault(
            image_of[mask],
            f"{kind}: {below(image_of[known[digest]], root)}",
            f"give {other.name} pictures of its own, whole drives that {one.name} does not have, "
            "as effunet data split does",
            kind=kind,
        )
        for mask, digest in other.digests.items()
        if digest in known
    ]
