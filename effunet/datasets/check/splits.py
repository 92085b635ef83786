"""Train and val of a data set, checked together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...labels import LABEL_SPACES
from ..pairs import SegmentationPair
from ..road_dataset import RoadDataset
from .faults import FILES_NAMED, INDENT, below, raise_faults
from .integrity import SplitFacts, check_pairs
from .label_faults import black_and_white_faults
from .meaning import faults_between
from .notes import shared_drives, stray_labels


@dataclass(frozen=True)
class Split:
    """The checked pairs of one split."""

    pairs: list[SegmentationPair]
    facts: SplitFacts


def check_train_and_val(
    dataset: RoadDataset,
    *,
    progress: Callable[[int, int], None] | None = None,
    listed: int | None = FILES_NAMED,
) -> tuple[Split, Split]:
    """Both splits, after listing the faults of both at once.

    Args:
        dataset: What to look at.
        progress: Called with how many pairs of a split are done and how many there are.
        listed: How many files of each cause are named; the rest are counted. None names all.

    Raises:
        InputError: There are faults, or pictures that are both trained on and scored.
    """
    train, val = dataset.pairs("train"), dataset.pairs("val")
    reports = [
        check_pairs(
            pairs, dataset.label_space, dataset.label_map, root=dataset.root, progress=progress
        )
        for pairs in (train, val)
    ]
    faults = [fault for report in reports for fault in report.faults]
    of_train, of_val = (report.meaning for report in reports)
    if not of_train.faults and not of_val.faults:
        faults += faults_between(of_train, of_val)
    if not faults and dataset.label_space.name not in LABEL_SPACES:  # which know their 255
        faults += black_and_white_faults(of_train.files, of_train.label_map)
    raise_faults(faults, root=dataset.root, listed=listed)
    facts_of_train, facts_of_val = (report.facts for report in reports)
    splits = (
        Split(train, facts_of_train.noting(stray_labels(dataset, "train"))),
        Split(val, facts_of_val.noting(stray_labels(dataset, "val"), shared_drives(train, val))),
    )
    _refuse_shared(*splits, root=dataset.root, listed=listed)
    return splits


def _refuse_shared(train: Split, val: Split, *, root: Path, listed: int | None) -> None:
    """By the bytes of the files, whatever they are called; re-encoded copies are not found."""
    trained = dict(zip(train.facts.sha256, train.pairs, strict=True))
    shared = [
        f"{below(pair.image, root)} is {below(trained[digest].image, root)}"
        for digest, pair in zip(val.facts.sha256, val.pairs, strict=True)
        if digest in trained
    ]
    if not shared:
        return
    more = len(shared) - len(shared[:listed])
    named = shared[:listed] + ([f"and {more} more"] if more else [])
    raise InputError(
        f"{len(shared)} of {len(val.pairs)} pictures of the val split are in the train split too",
        where=root,
        why=INDENT.join(["scoring them would say nothing about other roads:", *named]),
        fix="give val pictures of its own, whole drives that train does not have, as effunet data "
        "split does",
    )


def split_lines(name: str, split: Split, class_names: Sequence[str]) -> list[str]:
    """What is in a sound split and what is worth knowing about it, to print."""
    facts = split.facts
    shares = facts.class_pixels / max(1, facts.class_pixels.sum())
    return [
        f"{name}: {len(split.pairs)} sound pair{'s' * (len(split.pairs) != 1)}",
        *(
            f"  {class_name:<16} {share:6.1%} of the pixels, in {pictures} "
            f"picture{'s' * (pictures != 1)}"
            for class_name, share, pictures in zip(
                class_names, shares, facts.class_images.tolist(), strict=True
            )
        ),
        f"  {'void':<16} {facts.void_share:6.1%} of all pixels, and in none of these shares",
        *(f"note     {name}: {note}" for note in facts.notes),
    ]
