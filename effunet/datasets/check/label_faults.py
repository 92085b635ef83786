"""Ids and colours in label files that do not mean what they should."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...labels import CHANNELS, IGNORE_INDEX, LABEL_SPACES, LabelMap, LabelSpace
from .faults import FURTHER, Fault

_NAMED = 10  # values of which each gets a line; the others are counted


@dataclass(frozen=True)
class LabelFile:
    """A label file and what it holds."""

    path: Path
    values: dict[int, int]
    """Id or colour ``0xRRGGBB`` → pixels."""
    unlisted: int
    """Pixels of further ids or colours."""
    palette: str | None
    """The known label space whose colours it carries beside its ids."""
    painted: bool = False
    """Whether it stores three channels, equal ones too."""


def palette_faults(
    files: Sequence[LabelFile], space: LabelSpace, label_map: LabelMap
) -> list[Fault]:
    """Label files that carry the colours of another data set, one fault for each such set.

    Whoever stated what the ids in just these files mean knows them better than their colours do.
    """
    if label_map.stated:
        return []
    by_set: dict[str, list[Path]] = {}
    for file in files:
        if file.palette and _is_foreign(LABEL_SPACES[file.palette], space):
            by_set.setdefault(file.palette, []).append(file.path)
    return [
        Fault(
            first,
            f"its palette is that of {other}, not of {space.name}",
            f"use these labels as {other}, or write them again with the ids of {space.name}; in "
            "the YAML of a folder, say what they mean: label_mapping: for their ids, or palette: "
            "with their colours where the ids are right",
            also=tuple(rest),
        )
        for other, (first, *rest) in by_set.items()
    ]


def _is_foreign(other: LabelSpace, space: LabelSpace) -> bool:
    return other.palette[: space.num_classes] != space.palette


def unknown_faults(
    files: Sequence[LabelFile],
    space: LabelSpace,
    label_map: LabelMap,
    known: frozenset[int],
    *,
    colours: bool = False,
) -> list[Fault]:
    """Values that mean nothing, one fault for each with all files that hold it.

    Args:
        files: Of one split.
        space: Their classes.
        label_map: What their ids would mean, if they were kept in another way.
        known: Ids or colours that mean something.
        colours: Whether values are colours.
    """
    pixels: Counter[int] = Counter()
    holders: dict[int, list[Path]] = {}
    for file in files:
        for value in file.values.keys() - known:
            pixels[value] += file.values[value]
            holders.setdefault(value, []).append(file.path)
    kind, fix = _kind_and_fix(space, known, colours=colours)
    fix = encoding_hint(files, label_map, colours=colours) or fix
    named = [value for value, _ in pixels.most_common(_NAMED)]
    faults = [
        Fault(
            holders[value][0],
            f"{kind} {f'#{value:06x}' if colours else value}, which {space.name} does not have "
            f"({pixels.pop(value)} px)",
            fix,
            also=tuple(holders[value][1:]),
            kind=f"{kind}s that {space.name} does not have",
            value=f"#{value:06x}" if colours else str(value),
        )
        for value in sorted(named)
    ]
    rest = pixels.total() + sum(file.unlisted for file in files)
    if rest:
        others = {path for value in pixels for path in holders[value]}
        others |= {file.path for file in files if file.unlisted}
        first, *more = (file.path for file in files if file.path in others)
        what = f"further {kind}s that {space.name} does not have ({rest} px)"
        faults.append(
            Fault(
                first,
                what,
                fix,
                also=tuple(more),
                kind=f"{kind}s that {space.name} does not have",
                value=FURTHER,
            )
        )
    return faults


def _kind_and_fix(space: LabelSpace, known: frozenset[int], *, colours: bool) -> tuple[str, str]:
    if colours:
        return "colour", (
            "give every colour in the label files a class by palette:; smoothing and lossy "
            "compression mix colours at borders: export the label files without them"
        )
    return "id", (
        f"{space.name} has the ids {ranges(sorted(known))}: correct the labels; of a "
        "folder, add the missing classes to names or map their ids by label_mapping"
    )


def encoding_hint(files: Sequence[LabelFile], label_map: LabelMap, *, colours: bool) -> str | None:
    """How to read values that mean nothing as they are, where that gives known ids alone."""
    values, known = set(held_values(files)), label_map.known_ids
    if not colours and max(values, default=0) > IGNORE_INDEX:
        if {value // _INSTANCES for value in values} <= known:
            return f"if they are label * 256 + instance, write label_divisor: {_INSTANCES}"
        return None
    for channel, shift in zip(CHANNELS, (16, 8, 0), strict=True):
        levels = {value >> shift & 0xFF for value in values}
        if colours and levels <= known and len(levels - {IGNORE_INDEX}) > 1:
            return f"if {channel} alone holds the id of the class, write mask_channel: {channel}"
    return None


_INSTANCES = 256


def binary_faults(files: Sequence[LabelFile], label_map: LabelMap) -> list[Fault]:
    """Masks of 0 and 1 beside masks of 0 and 255, whose 255 would be void, unless it is mapped.

    Where a file holds 1 and 255 together, or a third id, 255 is void beside them.
    """
    ones = [file.path for file in files if 1 in file.values]
    white = [file for file in files if IGNORE_INDEX in file.values]
    whites = [file.path for file in sorted(white, key=lambda file: 0 not in file.values)]
    black_and_white = any(0 in file.values for file in white)
    with_void = any({1, IGNORE_INDEX} <= file.values.keys() for file in files)
    two_kinds = set(held_values(files)) <= {0, 1, IGNORE_INDEX} and ones and black_and_white
    if not two_kinds or with_void or IGNORE_INDEX in label_map.ids:
        return []
    return [
        Fault(
            whites[0],
            f"holds 0 and 255, as {len(whites)} label files do; {len(ones)} hold 0 and 1, such as "
            f"{ones[0]}",
            "255 is void: export all label files in one way; or say what 255 is, by "
            "label_mapping: {0: 0, 1: 1, 255: 1}, or 255: ignore_label",
            also=tuple(whites[1:]),
        )
    ]


def binary_hint(files: Sequence[LabelFile], label_map: LabelMap) -> str | None:
    """What mends binary masks of 0 and 255 that nobody has mapped; None for other files."""
    if not {IGNORE_INDEX} <= set(held_values(files)) <= {0, IGNORE_INDEX}:
        return None
    if label_map.colours or IGNORE_INDEX in label_map.ids:
        return None
    return "255 is void: if it is a class in these files, write label_mapping: {0: 0, 255: 1}"


def black_and_white_faults(files: Sequence[LabelFile], label_map: LabelMap) -> list[Fault]:
    """Masks of 0 and 255 that nobody has mapped: one class alone would be learnt."""
    hint = binary_hint(files, label_map)
    if hint is None:
        return []
    first, *rest = (file.path for file in files)
    fix = f"{hint}; if it is void: label_mapping: {{255: ignore_label}}"
    what = "holds 0 and 255 alone, so that one class is all there is to learn"
    return [Fault(first, what, fix, also=tuple(rest), kind="label files of 0 and 255 alone")]


def held_values(files: Sequence[LabelFile]) -> list[int]:
    """Ids or colours of all files, in order."""
    return sorted({value for file in files for value in file.values})


def ranges(ids: Sequence[int]) -> str:
    """``0-6, 255`` for a sorted list of ids."""
    runs: list[list[int]] = []
    for value in ids:
        if runs and value == runs[-1][-1] + 1:
            runs[-1][1:] = [value]
        else:
            runs.append([value])
    return ", ".join("-".join(map(str, run)) for run in runs)
