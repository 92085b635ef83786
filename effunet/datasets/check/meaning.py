"""Whether label files hold ids or colours, decided for all of a split together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...labels import IGNORE_INDEX, LabelMap, LabelSpace, packed
from .faults import Fault
from .label_faults import LabelFile, binary_faults, encoding_hint, palette_faults, unknown_faults
from .scan import LabelFacts

_GREY = packed((1, 1, 1))


@dataclass(frozen=True)
class Meaning:
    """How the label files of a split are read."""

    files: tuple[LabelFile, ...]
    """What they hold, as ids or as colours ``0xRRGGBB``."""
    label_map: LabelMap
    """For ids or for colours, whichever they hold."""
    faults: tuple[Fault, ...]
    """What the map does not explain."""

    @property
    def classes(self) -> Mapping[int, int]:
        """Id or colour → train id; what is not a key is void or a fault."""
        return _colours(self.label_map) or self.label_map.ids


def find_meaning(
    scanned: Sequence[tuple[Path, LabelFacts]], space: LabelSpace, label_map: LabelMap
) -> Meaning:
    """Decide how the label files of one split are read, and find what fits neither way.

    Args:
        scanned: Label files and what they hold.
        space: Their classes.
        label_map: What ids and colours are known to mean.
    """
    files = tuple(
        LabelFile(path, facts.values, facts.unlisted, facts.palette, facts.colours)
        for path, facts in scanned
    )
    painted = [file for file in files if file.painted]
    unpainted = [file.path for file in files if not file.painted]
    grey = not any(file.unlisted or any(value % _GREY for value in file.values) for file in painted)
    if painted and unpainted and not grey:
        return Meaning(files, label_map, (_mixed(painted, unpainted),))
    if unpainted:  # what these hold, the others hold in three equal channels
        levels = (_levels(file) if file.painted else file for file in files)
        return _as_ids(tuple(levels), space, label_map)
    return (_as_either if grey else _as_colours)(files, space, label_map)


def faults_between(train: Meaning, val: Meaning) -> list[Fault]:
    """What is wrong with the label files of two splits together, each of which is sound.

    Colours in one split and ids in one channel in the other leave nothing open. Three equal
    channels do: in them black is an id or a colour by what else the split holds.
    """
    of_colours = [bool(meaning.label_map.colours) for meaning in (train, val)]
    if of_colours == [False, False]:
        return binary_faults((*train.files, *val.files), train.label_map)
    if of_colours == [True, True]:
        return []
    ids, colours = (val, train) if of_colours[0] else (train, val)
    open_to_both = all(file.painted for file in ids.files)
    return [_read_apart(ids.files, colours.files[0].path)] if open_to_both else []


def _as_ids(files: tuple[LabelFile, ...], space: LabelSpace, label_map: LabelMap) -> Meaning:
    label_map = label_map.of_ids()
    # the ids of other colours mean other classes: listing them one by one would say no more
    faults = palette_faults(files, space, label_map) or [
        *unknown_faults(files, space, label_map, label_map.known_ids),
        *binary_faults(files, label_map),
    ]
    return Meaning(files, label_map, tuple(faults))


def _as_colours(files: tuple[LabelFile, ...], space: LabelSpace, label_map: LabelMap) -> Meaning:
    ids, label_map = label_map.of_ids(), label_map.of_colours()
    if not label_map.colours:
        return Meaning(files, label_map, (_unexplained(files, ids),))
    known = frozenset(_colours(label_map))
    return Meaning(files, label_map, tuple(unknown_faults(files, space, ids, known, colours=True)))


def _as_either(files: tuple[LabelFile, ...], space: LabelSpace, label_map: LabelMap) -> Meaning:
    """Three equal channels: ids stored three times, or the colours of a grey palette."""
    levels = tuple(map(_levels, files))
    seen = {value for file in files for value in file.values}
    ids, colours = label_map.ids, _colours(label_map)
    # black is void only for want of a better meaning, and so is 255
    by_colour = {value: colours.get(value) for value in seen}
    by_id = {value: ids.get(value % 256) for value in seen}
    if None not in by_id.values():
        painted = {value for value in seen if by_colour[value] not in {None, IGNORE_INDEX}}
        if painted == seen and by_colour != by_id:
            return Meaning(files, label_map, (_ambiguous(files),))
        return _as_ids(levels, space, label_map)
    strange_ids = {value % 256 for value in seen} - label_map.known_ids
    if None not in by_colour.values() or len(seen - colours.keys()) < len(strange_ids):
        return _as_colours(files, space, label_map)
    return _as_ids(levels, space, label_map)


def _levels(file: LabelFile) -> LabelFile:
    """A file of three equal channels as one of ids."""
    return replace(file, values={value % 256: count for value, count in file.values.items()})


def _colours(label_map: LabelMap) -> dict[int, int]:
    return {packed(colour): train_id for colour, train_id in label_map.colours.items()}


def _mixed(painted: list[LabelFile], unpainted: list[Path]) -> Fault:
    total = len(painted) + len(unpainted)
    return Fault(
        painted[0].path,
        f"holds colours, as {len(painted)} of the {total} label files do; "
        f"{len(unpainted)} hold ids, such as {unpainted[0]}",
        "export all label files of a split in one way: ids in one channel, or colours in RGB",
        also=tuple(file.path for file in painted[1:]),
    )


def _read_apart(files: Sequence[LabelFile], coloured: Path) -> Fault:
    first, *rest = files
    return Fault(
        first.path,
        "its three equal channels would be read as ids, as in all label files of its split; those "
        f"of the other split hold colours, such as {coloured}",
        "export all label files in one way: ids in one channel, or colours in RGB that palette: "
        "gives to the classes",
        also=tuple(file.path for file in rest),
    )


def _unexplained(files: Sequence[LabelFile], ids: LabelMap) -> Fault:
    first, *rest = files
    return Fault(
        first.path,
        "holds colours, and nothing says which class each of them is",
        encoding_hint(files, ids, colours=True)
        or "export ids in one channel (grey or palette PNG), or write palette: in the YAML, a "
        "colour of its own for every class",
        also=tuple(file.path for file in rest),
    )


def _ambiguous(files: Sequence[LabelFile]) -> Fault:
    first, *rest = files
    return Fault(
        first.path,
        "its three equal channels may be ids or colours of the palette, which are other classes",
        "export ids in one channel, or choose a palette whose colours are not the ids of others",
        also=tuple(file.path for file in rest),
    )
