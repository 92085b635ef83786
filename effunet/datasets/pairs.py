"""A picture and its label file, and how names pair them."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from ..imaging import read_image, read_mask
from ..labels import IGNORE_INDEX, LabelSpace

ENDINGS = (
    "_gtFine_labelTrainIds",
    "_gtFine_labelIds",
    "_pred_labelIds",
    "_leftImg8bit",
    "_image",
    "_label",
)
"""What data sets append to a stem to tell pictures, labels and predictions apart."""


@dataclass(frozen=True)
class SegmentationPair:
    """A picture and its label file; either may turn out to be missing."""

    image: Path
    """The picture."""
    mask: Path
    """Its label file."""
    key: str
    """Name of the scene: its path inside the split without endings. Predictions pair by it."""


def strip_ending(stem: str) -> str:
    """``stem`` without the data set's own ending: ``024541_image`` → ``024541``."""
    for ending in ENDINGS:
        if stem.endswith(ending) and stem != ending:
            return stem.removesuffix(ending)
    return stem


def key_of(path: PurePath) -> str:
    """Key of a file from its path inside the split: forward slashes, no endings."""
    return (path.parent / strip_ending(path.stem)).as_posix()


def list_files(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    """Every file below ``folder`` with one of the lower-case ``suffixes``, in order.

    Links to folders are followed, each real folder once, so that a loop ends. Hidden files are
    left out: macOS puts a ``._x.jpg`` beside every ``x.jpg`` it archives.
    """
    found: list[Path] = []
    seen: set[str] = set()
    for parent, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(parent, name)
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes
        ]
    return sorted(found)


def pair_folders(
    images: list[Path],
    masks: list[Path],
    *,
    image_name: Path,
    mask_name: Path,
) -> list[SegmentationPair]:
    """Pair the files of two parallel folders by key, in the order of the keys.

    Args:
        images: Pictures below the folder of ``image_name``.
        masks: Label files below the folder of ``mask_name``.
        image_name: What a picture is called, with ``*`` for its key: ``root/val/*_image.jpg``.
        mask_name: What a label file is called, likewise.

    Returns:
        Pairs; none where there are no masks at all. A file without a partner is kept beside the
        name its partner should have, so that the integrity check lists it with every other fault.
    """
    if not masks:
        return []
    mask_of = {key_of(path.relative_to(mask_name.parent)): path for path in masks}
    keyed = [(key_of(path.relative_to(image_name.parent)), path) for path in images]
    spare = mask_of.keys() - {key for key, _ in keyed}
    keyed += [(key, _named(image_name, key)) for key in spare]
    return [
        SegmentationPair(image=path, mask=mask_of.get(key) or _named(mask_name, key), key=key)
        for key, path in sorted(keyed)
    ]


def _named(pattern: Path, key: str) -> Path:
    return pattern.parent / pattern.name.replace("*", key)


def load_pair(
    pair: SegmentationPair, label_space: LabelSpace
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Image ``(h, w, 3)`` RGB and mask ``(h, w)`` of train ids, void 255.

    Raises:
        InputError: A file cannot be read.
    """
    return read_image(pair.image), to_train_ids(read_mask(pair.mask), label_space)


def to_train_ids(
    ids: NDArray[np.uint8] | NDArray[np.int32], label_space: LabelSpace
) -> NDArray[np.uint8]:
    """Train ids of label ids; what the label space does not know becomes void."""
    table = label_space.lookup_table()
    if ids.dtype == np.uint8:
        return table[ids]
    known = (ids >= 0) & (ids < len(table))
    return np.where(known, table[np.where(known, ids, 0)], np.uint8(IGNORE_INDEX))
