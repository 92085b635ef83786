"""What the two files of a pair hold, whatever it means."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...imaging import MaskFile, read_mask_file, read_turned_image
from ...labels import PLAIN_IDS, IdEncoding, match_palette, pack_colours
from ..pairs import SegmentationPair
from .faults import Fault

_KEPT = 1000  # more than any label map knows: what lies beyond is a fault in any case


@dataclass(frozen=True)
class LabelFacts:
    """What a readable label file holds."""

    height: int
    width: int
    colours: bool
    """Whether the label file stores colours, grey ones included, instead of ids."""
    values: dict[int, int]
    """Label id, or colour as ``0xRRGGBB``, → pixels; the commonest ones."""
    unlisted: int
    """Pixels of further ids or colours."""
    palette: str | None
    """The label space whose colours the label file carries beside its ids, if it is a known one."""


@dataclass(frozen=True)
class PairFacts(LabelFacts):
    """What a readable pair holds; picture and mask are of one size."""

    turned: bool
    """Whether the picture has an EXIF orientation to turn it by and the label file has none."""
    sha256: str
    """Of the picture file's bytes."""


def scan(
    pair: SegmentationPair, encoding: IdEncoding = PLAIN_IDS
) -> tuple[PairFacts | None, list[Fault]]:
    """Decode both files; no facts where one of them cannot be used."""
    missing = [path for path in (pair.image, pair.mask) if not path.is_file()]
    faults = [_missing(path, pair) for path in missing]
    image = mask = None
    try:
        if pair.image not in missing:
            image, orientation = read_turned_image(pair.image)
    except InputError as error:
        faults.append(_unusable(pair.image, error))
    try:
        if pair.mask not in missing:
            mask = read_mask_file(pair.mask, channel=encoding.channel, divisor=encoding.divisor)
    except InputError as error:
        faults.append(_unusable(pair.mask, error))
    if image is None or mask is None:
        return None, faults
    height, width = mask.stored.shape[:2]
    if image.shape[:2] != (height, width):
        return None, [_mismatch(pair, image.shape[:2], (height, width))]
    facts = PairFacts(
        **vars(label_facts(mask)),
        turned=orientation != 1 and mask.orientation == 1,
        sha256=_sha256(pair.image),
    )
    return facts, []


def label_facts(mask: MaskFile) -> LabelFacts:
    """What a label file that was read holds."""
    height, width = mask.stored.shape[:2]
    space = match_palette(mask.palette) if mask.palette is not None else None
    colours = mask.stored.ndim == 3
    values = pack_colours(mask.stored.astype(np.uint8)) if colours else mask.stored
    listed, unlisted = _count(values)
    return LabelFacts(
        height=height,
        width=width,
        colours=colours,
        values=listed,
        unlisted=unlisted,
        palette=space.name if space else None,
    )


def _count(values: NDArray[np.uint8] | NDArray[np.int32]) -> tuple[dict[int, int], int]:
    """Pixels of the commonest values, in the order of the values, and of all others."""
    if values.dtype == np.uint8:
        counts = np.bincount(values.ravel(), minlength=256)
        return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}, 0
    found, counts = np.unique(values, return_counts=True)
    kept = np.sort(np.argsort(counts)[::-1][:_KEPT])
    listed = dict(zip(found[kept].tolist(), counts[kept].tolist(), strict=True))
    return listed, int(counts.sum() - counts[kept].sum())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _missing(path: Path, pair: SegmentationPair) -> Fault:
    if path == pair.image:
        return Fault(path, "the picture of this mask is missing", "add it or remove the mask")
    return Fault(path, "the mask of this picture is missing", "add it or remove the picture")


def _unusable(path: Path, error: InputError) -> Fault:
    what = f"{error.what}: {error.why}" if error.why else error.what
    return Fault(path, what, error.fix, kind=error.what)


def _mismatch(pair: SegmentationPair, image: tuple[int, ...], mask: tuple[int, ...]) -> Fault:
    what = f"is {mask[1]}x{mask[0]} and its picture {image[1]}x{image[0]}"
    if image == mask[::-1]:
        what += ", turned upright by its EXIF orientation"
    return Fault(
        pair.mask,
        what,
        "export both at one size and orientation",
        kind="the mask has another size than its picture",
    )
