"""What is worth knowing about the files of sound splits, and goes on."""

from collections.abc import Sequence

from ...labels import IGNORE_INDEX, LabelSpace
from ..pairs import SegmentationPair
from ..road_dataset import RoadDataset
from .label_faults import binary_hint, held_values, ranges
from .meaning import Meaning

_NAMED = 3  # drives named in full


def label_notes(meaning: Meaning, space: LabelSpace) -> tuple[str, ...]:
    """What is worth knowing about what label files hold."""
    return (*_missing_classes(meaning, space), *_void_files(meaning), *_unused_mapping(meaning))


def _missing_classes(meaning: Meaning, space: LabelSpace) -> tuple[str, ...]:
    """A note where label files have no pixel of a class, with what may be the reason."""
    found = {meaning.classes.get(value) for file in meaning.files for value in file.values}
    names = [name for train_id, name in enumerate(space.names) if train_id not in found]
    if not names:
        return ()
    said = f"no pixel is of {', '.join(names)}"
    hint = binary_hint(meaning.files, meaning.label_map)
    if hint is None and not meaning.label_map.colours:
        hint = f"the label files hold the ids {ranges(held_values(meaning.files))}"
    return (f"{said}; {hint}" if hint else said,)


def _void_files(meaning: Meaning) -> tuple[str, ...]:
    """A note where label files hold no class at all."""
    void = [
        file.path
        for file in meaning.files
        if {meaning.classes.get(value, IGNORE_INDEX) for value in file.values} == {IGNORE_INDEX}
    ]
    if not void:
        return ()
    count = f"{len(void)} of {len(meaning.files)}"
    return (f"{count} label files are void at every pixel, such as {void[0]}",)


def _unused_mapping(meaning: Meaning) -> tuple[str, ...]:
    """A note where a mapping of ids stands beside label files of colours."""
    if not (meaning.label_map.stated and meaning.label_map.colours):
        return ()
    return (
        "the label files hold colours, which palette gives to classes: label_mapping is unused",
    )


def stray_labels(dataset: RoadDataset, split: str) -> tuple[str, ...]:
    """A note where files lie among the labels or pictures of ``split`` and are left aside."""
    labels, images = dataset.layout.list_strays(split), dataset.layout.list_stray_images(split)
    notes = []
    if labels:
        notes.append(
            f"{len(labels)} of the files among the labels are no label files, such as {labels[0]}: "
            f"these are called {dataset.layout.label_name()}"
        )
    if images:
        notes.append(
            f"{len(images)} of the pictures are left aside, such as {images[0]}: their names are "
            "without image_ending"
        )
    return tuple(notes)


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
