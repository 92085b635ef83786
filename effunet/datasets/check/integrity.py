"""Looks at every file of a split once and lists all faults together, before anything is trained."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...json_values import sha256_of
from ...labels import LabelMap, LabelSpace
from ..pairs import SegmentationPair
from .counts import pixels_by_file
from .faults import Fault, below, raise_faults
from .label_faults import binary_hint
from .meaning import Meaning, find_meaning
from .misnamed import tell_misnamed
from .notes import label_notes
from .scan import PairFacts
from .scan_cache import open_scan_cache


@dataclass(frozen=True)
class SplitFacts:
    """What the scan learnt about the readable pairs of a split, in their order."""

    sizes: tuple[tuple[int, int], ...]
    """``(height, width)`` of each pair."""
    class_pixels: NDArray[np.int64]
    """``(k,)`` pixels of each class."""
    class_images: NDArray[np.int64]
    """``(k,)`` pictures in which each class occurs."""
    void_pixels: int
    """Pixels of no class."""
    label_map: LabelMap
    """What the label files mean: a map of ids or one of colours, whichever they hold."""
    sha256: tuple[str, ...]
    """Of the bytes of each picture's file."""
    notes: tuple[str, ...]
    """What is no fault and worth knowing."""

    def noting(self, *notes: tuple[str, ...]) -> "SplitFacts":
        """The same with more that is worth knowing."""
        return replace(self, notes=sum(notes, self.notes))

    @property
    def digest(self) -> str:
        """SHA-256 of what is in the files: the pictures' bytes and the classes of the masks."""
        return sha256_of([list(self.sha256), self.class_pixels.tolist(), self.void_pixels])

    @property
    def void_share(self) -> float:
        """Of all pixels, 0…1."""
        return self.void_pixels / max(1, self.void_pixels + int(self.class_pixels.sum()))


@dataclass(frozen=True)
class IntegrityReport:
    """The outcome of :func:`check_pairs`."""

    root: Path
    """Folder of the data set."""
    facts: SplitFacts
    """Sizes and counts of the readable pairs; of all pairs where there is no fault."""
    meaning: Meaning
    """How its label files are read."""
    faults: tuple[Fault, ...]
    """Everything that is wrong: with single files in the order of the pairs, then with labels."""


def check_pairs(
    pairs: Sequence[SegmentationPair],
    label_space: LabelSpace,
    label_map: LabelMap,
    *,
    root: Path | None = None,
    cache_dir: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> IntegrityReport:
    """Decode every picture and label file of ``pairs`` and collect all faults.

    What was learnt about readable files is kept as long as they do not change, so that the next
    run, and the other processes of this one, only look at what has changed.

    Args:
        pairs: The split.
        label_space: Its classes.
        label_map: How its label files may say them.
        root: Folder of the data set, which the report names; what all files share if left out.
        cache_dir: Where results are kept; the user's cache folder if left out, never the data.
        progress: Called with how many pairs are done and how many there are; first with none done
            where another process is at these files and this one waits.
    """
    root = root or _common_folder(pairs)
    faults = _clashes(pairs, root)
    scanned: list[tuple[SegmentationPair, PairFacts]] = []

    def tell(done: int) -> None:
        if progress:
            progress(done, len(pairs))

    with (
        open_scan_cache(root, cache_dir, waiting=lambda: tell(0)) as cache,
        ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool,
    ):
        scans = pool.map(cache.scan, pairs, repeat(label_map.encoding))
        for done, (pair, (facts, found)) in enumerate(zip(pairs, scans, strict=True), start=1):
            faults += found
            if facts:
                scanned.append((pair, facts))
            tell(done)
    faults = tell_misnamed(faults, pairs)
    labels = [(pair.mask, facts) for pair, facts in scanned]
    meaning = find_meaning(labels, label_space, label_map)
    summary = _summary(scanned, meaning, label_space)
    faults += meaning.faults
    if scanned and not faults and not summary.class_pixels.any():
        faults.append(_all_void(meaning))
    return IntegrityReport(root, summary, meaning, tuple(faults))


def check_split(
    pairs: Sequence[SegmentationPair],
    label_space: LabelSpace,
    label_map: LabelMap,
    *,
    root: Path | None = None,
    cache_dir: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SplitFacts:
    """Facts about a split without faults; the arguments are those of :func:`check_pairs`.

    Raises:
        InputError: There are faults; it lists them.
    """
    report = check_pairs(
        pairs, label_space, label_map, root=root, cache_dir=cache_dir, progress=progress
    )
    raise_faults(report.faults, root=report.root)
    return report.facts


def _clashes(pairs: Sequence[SegmentationPair], root: Path) -> list[Fault]:
    """Scenes whose results would have one name, at least where case does not count."""
    first: dict[str, SegmentationPair] = {}
    faults = []
    for pair in pairs:
        other = first.setdefault(pair.key.casefold(), pair)
        if other is not pair:
            faults.append(
                Fault(
                    pair.image,
                    f"has the name of {below(other.image, root)}",
                    "give every picture a name of its own, ending and case aside",
                    kind="the name of another picture",
                )
            )
    return faults


def _summary(
    scanned: Sequence[tuple[SegmentationPair, PairFacts]], meaning: Meaning, space: LabelSpace
) -> SplitFacts:
    pixels = pixels_by_file(meaning, space.num_classes)
    of_classes = pixels[:, :-1]
    return SplitFacts(
        sizes=tuple((facts.height, facts.width) for _, facts in scanned),
        class_pixels=of_classes.sum(axis=0),
        class_images=np.count_nonzero(of_classes, axis=0).astype(np.int64),
        void_pixels=int(pixels[:, -1].sum()),
        label_map=meaning.label_map,
        sha256=tuple(facts.sha256 for _, facts in scanned),
        notes=(*label_notes(meaning, space), *_of_turned(scanned)),
    )


def _of_turned(scanned: Sequence[tuple[SegmentationPair, PairFacts]]) -> list[str]:
    turned = [pair.image for pair, facts in scanned if facts.turned]
    if not turned:
        return []
    return [
        f"EXIF turns {len(turned)} of {len(scanned)} pictures and not their label files, for "
        f"example {turned[0]}: make sure that these were drawn on the picture as viewers show it"
    ]


def _all_void(meaning: Meaning) -> Fault:
    first, *rest = (file.path for file in meaning.files)
    return Fault(
        first,
        "every pixel of the split is void: there is nothing to learn or to score",
        binary_hint(meaning.files, meaning.label_map)
        or "check the ids in the label files, and label_mapping in the YAML of a folder",
        also=tuple(rest),
    )


def _common_folder(pairs: Sequence[SegmentationPair]) -> Path:
    folders = {path.parent.absolute() for pair in pairs for path in (pair.image, pair.mask)}
    return Path(os.path.commonpath(folders))
