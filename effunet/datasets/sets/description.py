"""Reads and checks the YAML that describes a folder of pictures."""

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from ...errors import InputError, nearest
from ...files import expand_home
from ...labels import (
    IGNORE_INDEX,
    LABEL_SPACES,
    Colour,
    LabelMap,
    LabelSpace,
    colour_map,
    identity_map,
)
from ...yaml_file import YamlFile, read_yaml
from ..pairs import is_folder

EXAMPLE = """\
         path: my_roads
         train: images/train
         val: images/val
         masks_dir: masks
         names: {0: road, 1: other}"""
_SPLITS = ("train", "val", "test")
_KEYS = ("path", *_SPLITS, "masks_dir", "names", "nc", "label_mapping", "palette")
_OF_ULTRALYTICS = (
    "channels",
    "download",
    "flip_idx",
    "kpt_names",
    "kpt_shape",
    "minival",
    "yaml_file",
)
"""Its keys that say nothing of pictures and their masks."""


@dataclass(frozen=True)
class Description:
    """What the YAML says, checked."""

    path: Path
    """Folder that all others are relative to."""
    splits: Mapping[str, tuple[str, ...]]
    """Folders or ``.txt`` lists of each split that is named."""
    masks_dir: str
    """What takes the place of ``images`` in a picture's path."""
    label_space: LabelSpace
    """Names and colours of the classes."""
    label_map: LabelMap
    """What ids and colours in the masks mean."""
    notes: tuple[str, ...]
    """What is worth knowing and goes on."""


def read_description(file: Path) -> Description:
    """Read an Ultralytics semantic YAML.

    Raises:
        InputError: The file cannot be read, or a key is missing or makes no sense.
    """
    fix = f"--data.root FILE.yaml, with\n{EXAMPLE}"
    yaml = read_yaml(expand_home(file), what="the data set description", fix=fix)
    unknown = _unknown_keys(yaml)
    splits = {
        split: _entries(yaml.written[split], split, file)
        for split in _SPLITS
        if yaml.values.get(split) not in (None, "", [])
    }
    if "train" not in splits and "val" not in splits:
        why = "it names neither train nor val"
        raise _fault(file, why, f"expected\n{EXAMPLE}")
    masks_dir = yaml.written.get("masks_dir")
    if not _is_path(masks_dir):
        raise _fault(
            file,
            "it has no masks_dir",
            "write masks_dir: masks, the folder that takes the place of images; polygon labels "
            "(labels/*.txt) become masks by effunet data convert --from yolo",
        )
    names = _names(yaml, file)
    palette = _palette(yaml, names, file)
    mapping = yaml.values.get("label_mapping")
    return Description(
        path=_base_path(yaml, file),
        splits=splits,
        masks_dir=masks_dir,
        label_space=LabelSpace(file.stem, names, palette or distinct_colours(len(names))),
        label_map=LabelMap(
            ids=_ids(mapping, len(names), file),
            colours=colour_map(palette),
            stated=mapping is not None,
        ),
        notes=unknown,
    )


def _unknown_keys(yaml: YamlFile) -> tuple[str, ...]:
    """One note on the keys that nobody knows.

    Raises:
        InputError: One is a slip of a known key that is missing.
    """
    unknown = [key for key in map(str, yaml.written) if key not in (*_KEYS, *_OF_ULTRALYTICS)]
    for key in unknown:
        meant = nearest(key, [known for known in _KEYS if known not in yaml.written], cutoff=0.8)
        if meant:
            raise _fault(yaml.path, f"it has no key {key}", f"did you mean {meant}?")
    places = ", ".join(f"{key} (line {yaml.lines.get(key)})" for key in unknown)
    return (f"{yaml.path} has keys that nothing reads: {places}",) if unknown else ()


def _base_path(yaml: YamlFile, file: Path) -> Path:
    """``path``, relative to the file, to where the user stands, or naming the file's own folder."""
    path = "." if yaml.values.get("path") in (None, "") else yaml.written["path"]
    if not _is_path(path):
        raise _fault(file, "path names no folder", "write path: FOLDER")
    base, here = expand_home(path), yaml.path.resolve().parent
    candidates = [here / base, base.resolve()]
    if here.name == base.name:
        candidates.append(here)
    for candidate in candidates:
        if is_folder(candidate):
            return candidate
    raise InputError(
        "no data where the data set description points",
        where=file,
        why=f"path: {path} is not a folder beside the file or where you stand",
        fix="correct path in the file, or leave it out where the data lies beside the file",
    )


def _entries(written: Any, split: str, file: Path) -> tuple[str, ...]:  # noqa: ANN401  # from YAML
    entries = written if isinstance(written, list) else [written]
    if not all(_is_path(entry) for entry in entries):
        raise _fault(file, f"{split} is not a folder", f"write {split}: images/{split}")
    return tuple(entries)


def _is_path(written: Any) -> TypeGuard[str]:  # noqa: ANN401  # from YAML
    return isinstance(written, str) and written != "" and "\0" not in written


def _names(yaml: YamlFile, file: Path) -> tuple[str, ...]:
    """Class names as they are written: in YAML ``no`` is false, ``1.0`` a number."""
    written = yaml.written.get("names")
    if isinstance(written, dict):
        numbered = {int(key): name for key, name in written.items() if str(key).isdecimal()}
        whole = sorted(numbered) == list(range(len(written)))
        written = [numbered[index] for index in range(len(written))] if whole else None
    fix = "write names: {0: road, 1: other}; ids in the files are mapped by label_mapping"
    if not isinstance(written, list) or not written:
        raise _fault(file, "names does not number the classes 0, 1, 2, ...", fix)
    if len(written) > IGNORE_INDEX:
        raise _fault(file, f"{len(written)} classes, where {IGNORE_INDEX} is void", fix)
    if not all(isinstance(name, str) and name.strip() for name in written):
        raise _fault(file, "a class name is not text", fix)
    if len(written) == 1:
        raise _fault(
            file,
            f"names has one class alone, {written[0]}; there is nothing to tell it from",
            f"name what is not {written[0]} as well: names: {{0: other, 1: {written[0]}}}, and map "
            "the ids in the files to them by label_mapping",
        )
    names = tuple(written)
    if len(set(names)) < len(names):
        raise _fault(file, "two classes have one name", "give every class its own name")
    count = yaml.values.get("nc")
    if count is not None and count != len(names):
        why = f"names has {len(names)} classes, and nc says otherwise"
        raise _fault(file, why, "correct the names, or leave nc out")
    return names


def _ids(value: Any, num_classes: int, file: Path) -> dict[int, int]:  # noqa: ANN401  # from YAML
    if value is None:
        return identity_map(num_classes)
    fix = f"write label_mapping: {{id in the files: 0...{num_classes - 1} or ignore_label}}"
    if not isinstance(value, dict):
        raise _fault(file, "label_mapping is not a mapping", fix)
    ids = {}
    for source, target in value.items():
        train_id = IGNORE_INDEX if target == "ignore_label" else target
        if not _is_id(source) or not _is_id(train_id):
            raise _fault(file, f"label_mapping[{source}] is not an id mapped to a class", fix)
        if train_id >= num_classes and train_id != IGNORE_INDEX:
            raise _fault(file, f"label_mapping names class {train_id} of {num_classes}", fix)
        if source > IGNORE_INDEX:
            raise _fault(file, f"label_mapping has the id {source}, above 255", fix)
        if source >= 0:  # Cityscapes' -1, a licence plate, is never in a file
            ids[source] = train_id
    return ids


def _is_id(value: Any) -> bool:  # noqa: ANN401  # from YAML, where true is a bool and an int
    return isinstance(value, int) and not isinstance(value, bool) and value >= -1


def _palette(yaml: YamlFile, names: tuple[str, ...], file: Path) -> tuple[Colour, ...]:
    """Colours that are known: written down, or those of a known data set with these names."""
    value = yaml.values.get("palette")
    if value is None:
        known = {space.names: space.palette for space in LABEL_SPACES.values()}
        return known.get(names, ())
    colours = value if isinstance(value, list) else []
    if len(colours) == len(names) and all(map(_is_colour, colours)):
        return tuple((r, g, b) for r, g, b in colours)
    wrong = [name for name, colour in zip(names, colours, strict=False) if not _is_colour(colour)]
    without = f", {wrong[0]} for one" if wrong else ""
    raise _fault(
        file,
        f"palette (line {yaml.lines['palette']}) does not give every class a colour{without}",
        "write palette: [[128, 64, 128], ...], red, green and blue as whole numbers from 0 to 255",
    )


def _is_colour(value: Any) -> bool:  # noqa: ANN401  # from YAML
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(_is_id(level) and 0 <= level <= 255 for level in value)
    )


def distinct_colours(count: int) -> tuple[Colour, ...]:
    """``count`` RGB colours that are easy to tell apart, the same every time.

    The hue turns by the golden angle, which spreads any number of hues evenly.
    """
    golden = 0.6180339887498949
    vividness = (0.85, 0.55, 1.0)
    colours = [
        colorsys.hsv_to_rgb(index * golden % 1, vividness[index % 3], 0.95 - 0.1 * (index % 4))
        for index in range(count)
    ]
    return tuple((round(255 * r), round(255 * g), round(255 * b)) for r, g, b in colours)


def _fault(file: Path, why: str, fix: str) -> InputError:
    return InputError("the data set description makes no sense", where=file, why=why, fix=fix)
