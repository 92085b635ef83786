"""What is worth knowing about the files of sound splits, and goes on."""

from collections.abc import Sequence

from ..pairs import SegmentationPair
from ..road_dataset import RoadDataset

_NAMED = 3  # drives named in full


def stray_labels(dataset: RoadDataset, split: str) -> tuple[str, ...]:
    """A note where files lie among the labels of ``split`` and are left aside."""
    strays = dataset.layout.list_strays(split)
    if not strays:
        return ()
    return (
        f"{len(strays)} of the files among the labels are no label files, such as {strays[0]}: "
        f"these are called {dataset.layout.label_name()}",
    )


def shared_drives(
    train: Sequence[SegmentationPair], val: Sequence[SegmentationPair]
) -> tuple[str, ...]:
    """A note where val has frames of drives that are trained on."""
    trained = {pair.sequence for pair in train} - {None}
    drives = [pair.sequence for pair in val if pair.sequence in trained]
    if not drives:
        return ()
    names = list(dict.fromkeys(map(str, drives)))
    listed = ", ".join([*names[:_NAMED], *(["..."] if len(names) > _NAMED else [])])
    return (
        f"{len(drives)} of {len(val)} pictures of val are of drives that train has frames of, too "
        f"({listed}): frames of one drive look alike, so the score says less about other roads",
    )
