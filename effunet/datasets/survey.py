"""Everything that is known of the labelled splits of a data set, faults or not."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .check import (
    Fault,
    Meaning,
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

LABELLED = ("train", "val", "test")
"""Splits that are looked at where they have labels."""


@dataclass(frozen=True)
class SurveyedSplit:
    """What one split holds."""

    name: str
    pairs: tuple[SegmentationPair, ...]
    """All of them, readable or not."""
    facts: SplitFacts
    """Of the readable ones."""
    pixels: dict[Path, NDArray[np.int64]]
    """Label file → ``(k + 1,)`` pixels of each class, void last; of the readable ones."""


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
    names = LABELLED if only is None else (only,)
    pairs = {name: found for name in names if (found := dataset.layout.list_pairs(name))}
    if not pairs:
        dataset.pairs(names[0])  # says what is missing
        raise InputError("no split has labels", where=dataset.root, fix="add masks")
    faults: list[Fault] = []
    notes = list(dataset.notes)
    splits, meanings, digests = [], {}, {}
    for name, found in pairs.items():
        report = check_pairs(
            found, dataset.label_space, dataset.label_map, root=dataset.root, progress=progress
        )
        faults += report.faults
        meanings[name] = report.meaning
        masks = [file.path for file in report.meaning.files]
        counts = pixels_by_file(report.meaning, dataset.label_space.num_classes)
        splits.append(
            SurveyedSplit(name, tuple(found), report.facts, dict(zip(masks, counts, strict=True)))
        )
        digests[name] = dict(zip(masks, report.facts.sha256, strict=True))
        notes += [f"{name}: {note}" for note in report.facts.notes]
        notes += [f"{name}: {note}" for note in stray_labels(dataset, name)]
    faults += _between(meanings) + _shared(pairs, digests, root=dataset.root)
    notes += [
        f"val: {note}" for note in shared_drives(pairs.get("train", []), pairs.get("val", []))
    ]
    return Survey(tuple(splits), tuple(faults), tuple(notes))


def _between(meanings: dict[str, Meaning]) -> list[Fault]:
    if not {"train", "val"} <= meanings.keys():
        return []
    train, val = meanings["train"], meanings["val"]
    return [] if train.faults or val.faults else faults_between(train, val)


def _shared(
    pairs: dict[str, list[SegmentationPair]], digests: dict[str, dict[Path, str]], *, root: Path
) -> list[Fault]:
    """Pictures that are in two splits, byte by byte."""
    faults = []
    for one, other in combinations(pairs, 2):
        known = {digests[one][pair.mask]: pair for pair in pairs[one] if pair.mask in digests[one]}
        for pair in pairs[other]:
            twin = known.get(digests[other].get(pair.mask, ""))
            if twin:
                what = f"is {below(twin.image, root)}, which is in the {one} split too"
                fix = f"give {other} pictures of its own, whole drives that {one} does not have"
                faults.append(Fault(pair.image, what, fix))
    return faults
