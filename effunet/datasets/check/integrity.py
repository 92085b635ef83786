"""Looks at every file of a split once and lists all faults together, before anything is trained."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...imaging import read_image, read_mask, read_palette
from ...labels import IGNORE_INDEX, LABEL_SPACES, LabelSpace, match_palette
from ..pairs import SegmentationPair
from .scan_cache import PairFacts, ScanCache

LISTED = 50
"""How many faults a message names unless it is asked for all."""
_IDS_SHOWN = 10


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with one file."""

    where: Path
    """The file."""
    what: str
    """What is wrong with it."""
    fix: str
    """What mends faults of this kind."""


@dataclass(frozen=True)
class SplitFacts:
    """What the scan learnt about the sound pairs of a split, in their order."""

    sizes: tuple[tuple[int, int], ...]
    """``(height, width)`` of each pair."""
    class_pixels: NDArray[np.int64]
    """``(k,)`` pixels of each class."""
    class_images: NDArray[np.int64]
    """``(k,)`` pictures in which each class occurs."""
    notes: tuple[str, ...] = ()
    """What is worth knowing and goes on."""


@dataclass(frozen=True)
class IntegrityReport:
    """The outcome of :func:`check_pairs`."""

    root: Path
    """Folder of the data set."""
    facts: SplitFacts
    """Sizes and counts of the sound pairs; of all pairs where there is no fault."""
    faults: tuple[Fault, ...]
    """Everything that is wrong, in the order of the pairs."""


def check_pairs(
    pairs: Sequence[SegmentationPair],
    label_space: LabelSpace,
    *,
    root: Path | None = None,
    cache_dir: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> IntegrityReport:
    """Decode every picture and label file of ``pairs`` and collect all faults.

    What was learnt about sound files is kept by size and modification time, so that the next run
    only looks at what has changed.

    Args:
        pairs: The split.
        label_space: What its labels mean.
        root: Folder of the data set, which the report names; what all files share if left out.
        cache_dir: Where results are kept; the user's cache folder if left out, never the data.
        progress: Called with how many pairs are done and how many there are.
    """
    root = root or _common_folder(pairs)
    cache = ScanCache(root, cache_dir)
    faults = _clashes(pairs)
    sound: list[PairFacts] = []
    try:
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
            scans = pool.map(partial(_scan, cache=cache), pairs)
            for done, (pair, (facts, found)) in enumerate(zip(pairs, scans, strict=True), start=1):
                found = found + (_label_faults(pair, facts, label_space) if facts else [])
                faults += found
                if facts and not found:
                    sound.append(facts)
                if progress:
                    progress(done, len(pairs))
    finally:
        cache.save()  # after Ctrl-C the next run goes on from here
    return IntegrityReport(root, _summary(sound, label_space), tuple(faults))


def check_split(
    pairs: Sequence[SegmentationPair],
    label_space: LabelSpace,
    *,
    root: Path | None = None,
    cache_dir: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SplitFacts:
    """Facts about a split without faults; the arguments are those of :func:`check_pairs`.

    Raises:
        InputError: There are faults; it lists them.
    """
    report = check_pairs(pairs, label_space, root=root, cache_dir=cache_dir, progress=progress)
    raise_if_faulty(report)
    return report.facts


def raise_if_faulty(*reports: IntegrityReport, listed: int | None = LISTED) -> None:
    """End with one message that lists the faults of all reports on a data set, if there are any.

    Args:
        reports: On the splits.
        listed: How many faults are named; the rest are counted. None names all.

    Raises:
        InputError: There are faults.
    """
    faults = [fault for report in reports for fault in report.faults]
    if not faults:
        return
    root = reports[0].root
    named = [f"{_below(fault.where, root)}: {fault.what}" for fault in faults[:listed]]
    if len(named) < len(faults):
        more = len(faults) - len(named)
        named.append(f"and {more} more, which effunet data check lists with these")
    fixes = dict.fromkeys(fault.fix for fault in faults)  # each kind once, in order
    indent = "\n         "
    raise InputError(
        f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in the data set",
        where=root,
        why=indent.join(named),
        fix=indent.join(fixes),
    )


def _scan(pair: SegmentationPair, *, cache: ScanCache) -> tuple[PairFacts | None, list[Fault]]:
    """What the two files hold; None where one of them cannot be used."""
    missing = [path for path in (pair.image, pair.mask) if not path.is_file()]
    if missing:
        return None, [_missing(path, pair) for path in missing]
    known = cache.find(pair)
    if known:
        return known, []
    faults = []
    size = ids = None
    try:
        size = read_image(pair.image).shape[:2]
    except InputError as error:
        faults.append(_unusable(pair.image, error))
    try:
        ids = read_mask(pair.mask)
        palette = read_palette(pair.mask)
    except InputError as error:
        faults.append(_unusable(pair.mask, error))
    if size is None or ids is None or faults:
        return None, faults
    if size != ids.shape:
        return None, [_mismatch(pair, size, ids.shape)]
    space = match_palette(palette) if palette is not None else None
    facts = PairFacts(
        height=ids.shape[0],
        width=ids.shape[1],
        ids=_count_ids(ids),
        palette=space.name if space else None,
    )
    cache.add(pair, facts)
    return facts, []


def _count_ids(ids: NDArray[np.uint8] | NDArray[np.int32]) -> dict[int, int]:
    if ids.dtype == np.uint8:
        counts = np.bincount(ids.ravel(), minlength=256)
        return {int(label_id): int(counts[label_id]) for label_id in np.flatnonzero(counts)}
    values, counts = np.unique(ids, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _label_faults(pair: SegmentationPair, facts: PairFacts, space: LabelSpace) -> list[Fault]:
    """What is wrong with ids and colours, given what they should mean."""
    other = LABEL_SPACES[facts.palette] if facts.palette else None
    if other and other.palette != space.palette and not _maps_ids_itself(space):
        return [
            Fault(
                pair.mask,
                f"its palette is that of {other.name}, not of {space.name}",
                f"use these labels as {other.name}, write them again with the ids of {space.name}, "
                "or map their ids by label_mapping (--data.name folder)",
            )
        ]
    known = space.known_ids
    strange = {key: count for key, count in facts.ids.items() if key not in known}
    if not strange:
        return []
    shown = ", ".join(f"{key} ({count} px)" for key, count in list(strange.items())[:_IDS_SHOWN])
    more = ", ..." if len(strange) > _IDS_SHOWN else ""
    return [
        Fault(
            pair.mask,
            f"ids that {space.name} does not have: {shown}{more}",
            f"{space.name} has the ids {_ranges(sorted(known))}: correct the labels; of a "
            "folder, add the missing classes to names or map their ids by label_mapping",
        )
    ]


def _maps_ids_itself(space: LabelSpace) -> bool:
    """Whether someone wrote a label_mapping for just these files, and so knows their ids."""
    plain = {index: index for index in range(space.num_classes)}
    return space not in LABEL_SPACES.values() and space.label_map != plain


def _clashes(pairs: Sequence[SegmentationPair]) -> list[Fault]:
    """Scenes whose results would have one name, at least where case does not count."""
    first: dict[str, SegmentationPair] = {}
    faults = []
    for pair in pairs:
        other = first.setdefault(pair.key.casefold(), pair)
        if other is not pair:
            faults.append(
                Fault(
                    pair.image,
                    f"has the name of {other.image.name}",
                    "give every picture a name of its own, ending and case aside",
                )
            )
    return faults


def _missing(path: Path, pair: SegmentationPair) -> Fault:
    if path == pair.image:
        return Fault(path, "the picture of this mask is missing", "add it or remove the mask")
    return Fault(path, "the mask of this picture is missing", "add it or remove the picture")


def _unusable(path: Path, error: InputError) -> Fault:
    what = f"{error.what}: {error.why}" if error.why else error.what
    return Fault(path, what, error.fix)


def _mismatch(pair: SegmentationPair, image: tuple[int, ...], mask: tuple[int, ...]) -> Fault:
    what = f"is {mask[1]}x{mask[0]} and its picture {image[1]}x{image[0]}"
    if image == mask[::-1]:
        what += ", turned upright by its EXIF orientation"
    return Fault(pair.mask, what, "export both at one size and orientation")


def _summary(sound: Sequence[PairFacts], space: LabelSpace) -> SplitFacts:
    pixels = np.zeros(space.num_classes, dtype=np.int64)
    images = np.zeros(space.num_classes, dtype=np.int64)
    for facts in sound:
        counts: Counter[int] = Counter()
        for label_id, count in facts.ids.items():
            counts[space.label_map.get(label_id, IGNORE_INDEX)] += count
        for train_id, count in counts.items():
            if train_id != IGNORE_INDEX:
                pixels[train_id] += count
                images[train_id] += 1
    return SplitFacts(tuple((facts.height, facts.width) for facts in sound), pixels, images)


def _ranges(ids: Sequence[int]) -> str:
    """``0-6, 255`` for a sorted list of ids."""
    runs: list[list[int]] = []
    for value in ids:
        if runs and value == runs[-1][-1] + 1:
            runs[-1][1:] = [value]
        else:
            runs.append([value])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _common_folder(pairs: Sequence[SegmentationPair]) -> Path:
    folders = {path.parent.absolute() for pair in pairs for path in (pair.image, pair.mask)}
    return Path(os.path.commonpath(folders))


def _below(path: Path, root: Path) -> str:
    path = path.absolute()
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
