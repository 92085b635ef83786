"""A page that shows a data set: masks over pictures, classes, faults and warnings."""

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .datasets import (
    RoadDataset,
    SegmentationPair,
    Survey,
    SurveyedSplit,
    below,
    load_pair,
    survey,
)
from .errors import InputError
from .imaging import mask_thumbnail, picture_thumbnail, read_image
from .labels import Colour
from .report import Card, Finding, Gallery, Page, Table, pixels_a_card, write_page

Place = tuple[SurveyedSplit, SegmentationPair]
Warnings = dict[SegmentationPair, tuple[str, ...]]


@dataclass(frozen=True)
class Previewed:
    """What the page shows."""

    page: Path
    shown: int
    """Pictures on it."""
    pictures: int
    """Pictures in the splits."""
    faults: int
    notes: int
    """What is no fault and worth knowing."""


def write_preview(
    dataset: RoadDataset,
    page: Path,
    *,
    split: str | None,
    count: int,
    seed: int,
    commands: Sequence[str],
    checking: Callable[[int, int], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Previewed:
    """Look at every file and write the page, faults or not.

    Args:
        dataset: What is shown.
        page: The HTML file.
        split: One split; all with labels if left out.
        count: Most pictures on it. Of more than that those with a fault are taken first, then as
            many of each drive, by chance.
        seed: Of that choice.
        commands: What to type next.
        checking: Called with how many pairs of a split are looked at and how many there are.
        progress: Called with pictures made small and to make small.

    Raises:
        InputError: There are no labels, or the page cannot be written.
    """
    if count < 1:
        raise InputError("no pictures would be shown", where="--count", fix="--count 200")
    found = survey(dataset, only=split, progress=checking)
    warnings = _warnings(found)
    places = [(part, pair) for part in found.splits for pair in part.pairs]
    chosen = _choose(places, warnings, count=count, seed=seed)
    cards = _cards(chosen, warnings, dataset.label_space.palette, progress)
    left = len(places) - len(chosen)
    space = dataset.label_space
    show = Page(
        title=dataset.root.resolve().name,
        subtitle=f"{dataset.name}: {dataset.root}",
        headline=_headline(found),
        findings=_findings(found, dataset.root),
        tables=[_histogram(part, dataset) for part in found.splits],
        classes=list(zip(space.names, space.palette, strict=True)),
        gallery=Gallery(cards, _left_out(left)),
        commands=commands,
    )
    write_page(page, show)
    return Previewed(page, len(chosen), len(places), len(found.faults), len(found.notes))


def _left_out(pictures: int) -> str:
    if not pictures:
        return ""
    return (
        f"{pictures} more pictures are not shown: those here are as many of every drive, chosen by "
        "chance, and those with warnings first; --count shows more"
    )


def _warnings(found: Survey) -> Warnings:
    """What is wrong with single pictures."""
    of_file: dict[Path, list[str]] = defaultdict(list)
    for fault in found.faults:
        for path in (fault.where, *fault.also):
            of_file[path].append(fault.what)
    warnings: Warnings = {}
    for part in found.splits:
        for pair in part.pairs:
            said = [*of_file.get(pair.image, ()), *of_file.get(pair.mask, ())]
            pixels = part.pixels.get(pair.mask)
            if pixels is not None and not pixels[:-1].any():
                said.append("every pixel is void")
            if said:
                warnings[pair] = tuple(dict.fromkeys(said))
    return warnings


def _choose(
    places: Sequence[Place],
    warnings: Warnings,
    *,
    count: int,
    seed: int,
) -> list[Place]:
    """At most ``count``, in their order."""
    if len(places) <= count:
        return list(places)
    rng = np.random.default_rng(seed)
    rounds: dict[tuple[str, str | None], int] = defaultdict(int)
    rank: dict[int, tuple[bool, int, int]] = {}
    for turn, index in enumerate(rng.permutation(len(places)).tolist()):
        part, pair = places[index]
        drive = (part.name, pair.sequence)
        rank[index] = (pair not in warnings, rounds[drive], turn)
        rounds[drive] += 1
    return [places[index] for index in sorted(sorted(rank, key=lambda index: rank[index])[:count])]


def _cards(
    chosen: Sequence[Place],
    warnings: Warnings,
    palette: Sequence[Colour],
    progress: Callable[[int, int], None] | None,
) -> list[Card]:
    most_pixels = pixels_a_card(len(chosen))
    colours = np.array(palette, np.uint8)

    def card(place: Place) -> Card:
        part, pair = place
        return _card(part, pair, colours, most_pixels, warnings.get(pair, ()))

    cards = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for made in pool.map(card, chosen):
            cards.append(made)
            if progress:
                progress(len(cards), len(chosen))
    return cards


def _card(
    part: SurveyedSplit,
    pair: SegmentationPair,
    palette: NDArray[np.uint8],
    most_pixels: int,
    warnings: tuple[str, ...],
) -> Card:
    image, ids = _read(part, pair)
    picture = None
    masks = {}
    if image is not None:
        picture = picture_thumbnail(image, most_pixels=most_pixels)
    if ids is not None:
        masks["mask"] = mask_thumbnail(ids, palette, most_pixels=most_pixels)
    pixels = part.pixels.get(pair.mask)
    classes = () if pixels is None else tuple(np.flatnonzero(pixels[:-1]).tolist())
    return Card(f"{part.name}/{pair.key}", picture, masks, part.name, classes, warnings)


def _read(
    part: SurveyedSplit, pair: SegmentationPair
) -> tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None]:
    """Image and train ids as far as they can be read; the survey has told what cannot."""
    try:
        return load_pair(pair, part.facts.label_map)
    except InputError:
        with suppress(InputError):
            return read_image(pair.image), None
    return None, None


def _findings(found: Survey, root: Path) -> list[Finding]:
    """One for all faults that are alike, then the notes."""
    files: dict[tuple[str, str], list[str]] = defaultdict(list)
    for fault in found.faults:
        named = [below(path, root) for path in (fault.where, *fault.also)]
        files[fault.kind or fault.what, fault.fix] += named
    faults = [Finding(what, tuple(named), fix) for (what, fix), named in files.items()]
    return [*faults, *(Finding(note) for note in found.notes)]


def _headline(found: Survey) -> dict[str, str]:
    counts = {f"pictures in {part.name}": f"{len(part.pairs):,}" for part in found.splits}
    void = {f"void in {part.name}": f"{part.facts.void_share:.2%}" for part in found.splits}
    return {**counts, **void, "faults": str(len(found.faults)), "notes": str(len(found.notes))}


def _histogram(part: SurveyedSplit, dataset: RoadDataset) -> Table:
    facts, space = part.facts, dataset.label_space
    shares = facts.class_pixels / max(1, int(facts.class_pixels.sum()))
    return Table(
        title=f"Classes of {part.name}",
        columns=("class", "in pictures", "of the pixels"),
        rows=tuple(
            (name, str(pictures), f"{share:.2%}")
            for name, pictures, share in zip(
                space.names, facts.class_images.tolist(), shares, strict=True
            )
        ),
        colours=space.palette,
        bars=tuple((shares / max(shares.max(), np.finfo(float).tiny)).tolist()),
        note="Bars are drawn against the commonest class. Void is in none of these shares.",
    )
