"""Train and val of a data set, checked together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import InputError
from ..pairs import SegmentationPair
from ..road_dataset import RoadDataset
from .integrity import LISTED, SplitFacts, check_pairs, raise_if_faulty
from .notes import file_notes, shared_drives


@dataclass(frozen=True)
class Split:
    """The checked pairs of one split."""

    pairs: list[SegmentationPair]
    facts: SplitFacts


def check_train_and_val(
    dataset: RoadDataset,
    *,
    progress: Callable[[int, int], None] | None = None,
    listed: int | None = LISTED,
) -> tuple[Split, Split]:
    """Both splits, after listing the faults of both at once.

    Args:
        dataset: What to look at.
        progress: Called with how many pairs of a split are done and how many there are.
        listed: How many faults are named; the rest are counted. None names all.

    Raises:
        InputError: There are faults, or pictures that are both trained on and scored.
    """
    _refuse_named_twice(dataset.images("train"), dataset.images("val"), dataset.root)
    train, val = dataset.pairs("train"), dataset.pairs("val")
    reports = [
        check_pairs(pairs, dataset.label_space, root=dataset.root, progress=progress)
        for pairs in (train, val)
    ]
    raise_if_faulty(*reports, listed=listed)
    return (
        Split(train, replace(reports[0].facts, notes=file_notes(dataset, "train", "val"))),
        Split(val, replace(reports[1].facts, notes=shared_drives(train, val))),
    )


def _refuse_named_twice(train: Sequence[Path], val: Sequence[Path], root: Path) -> None:
    trained = {image.resolve() for image in train}
    shared = [image for image in val if image.resolve() in trained]
    if shared:
        raise InputError(
            f"{len(shared)} of {len(val)} pictures of the val split are in the train split too",
            where=root,
            why=f"for example {shared[0]}; scoring them would say nothing about other roads",
            fix="give val pictures of its own, whole drives that train does not have",
        )
