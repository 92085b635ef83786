"""What a description says of its classes: their names, colours and ids in the files."""

from typing import Any

from ...labels import (
    CHANNELS,
    IGNORE_INDEX,
    LABEL_SPACES,
    Colour,
    IdEncoding,
    identity_map,
    is_divisor,
)
from ...yaml_file import YamlFile
from .description_faults import senseless

_SHOWN = 30  # classes that a message writes out anew


def read_names(yaml: YamlFile) -> tuple[str, ...]:
    """Class names as they are written: in YAML ``no`` is false, ``1.0`` a number."""
    written = yaml.written.get("names")
    fix = "write names: {0: road, 1: other}; ids in the files are mapped by label_mapping"
    if written in (None, "", [], {}):
        raise senseless(yaml.path, "it has no names, which say what the classes are", fix)
    if isinstance(written, dict):
        numbered = {int(key): name for key, name in written.items() if str(key).isdecimal()}
        whole = sorted(numbered) == list(range(len(written)))
        fix = _renumbered(written) or fix
        written = [numbered[index] for index in range(len(written))] if whole else None
    if not isinstance(written, list):
        where = f"names (line {yaml.lines['names']})"
        raise senseless(yaml.path, f"{where} does not number the classes 0, 1, 2, ...", fix)
    if len(written) > IGNORE_INDEX:
        raise senseless(yaml.path, f"{len(written)} classes, where {IGNORE_INDEX} is void", fix)
    if not all(isinstance(name, str) and name.strip() for name in written):
        raise senseless(yaml.path, "a class name is not text", fix)
    if len(written) == 1:
        raise senseless(
            yaml.path,
            f"names has one class alone, {written[0]}; there is nothing to tell it from",
            f"name what is not {written[0]} as well: names: {{0: other, 1: {written[0]}}}, and map "
            "the ids in the files to them by label_mapping",
        )
    names = tuple(written)
    if len(set(names)) < len(names):
        raise senseless(yaml.path, "two classes have one name", "give every class its own name")
    count = yaml.values.get("nc")
    if count is not None and count != len(names):
        why = f"names has {len(names)} classes, and nc says otherwise"
        raise senseless(yaml.path, why, "correct the names, or leave nc out")
    return names


def _renumbered(written: dict[str, Any]) -> str | None:
    """How to write ``{7: road, 8: other}``, or ``{road: 7, other: 8}``."""
    items = list(written.items())
    if not all(isinstance(name, str) for _, name in items):
        return None
    if all(name.isdecimal() for _, name in items) and not any(key.isdecimal() for key, _ in items):
        items = [(name, key) for key, name in items]
    if len(items) > _SHOWN or not all(key.isdecimal() for key, _ in items):
        return None
    numbered = sorted((int(key), name) for key, name in items)
    ids = [label_id for label_id, _ in numbered]
    if len(set(ids)) < len(ids) or max(ids) > IGNORE_INDEX:
        return None
    names = ", ".join(f"{index}: {name}" for index, (_, name) in enumerate(numbered))
    below = ["0: ignore_label"] if ids[0] > 0 else []
    mapping = ", ".join([*below, *(f"{label_id}: {index}" for index, label_id in enumerate(ids))])
    same = ids == list(range(len(ids)))
    return f"write names: {{{names}}}" + ("" if same else f" and label_mapping: {{{mapping}}}")


def read_ids(yaml: YamlFile, num_classes: int) -> dict[int, int]:
    """Id in the files → class: as ``label_mapping`` says; themselves if it names no class."""
    value = yaml.values.get("label_mapping")
    if value is None:
        return identity_map(num_classes)
    fix = f"write label_mapping: {{id in the files: 0...{num_classes - 1} or ignore_label}}"
    if not isinstance(value, dict):
        raise senseless(yaml.path, "label_mapping is not a mapping", fix)
    ids = {}
    for source, target in value.items():
        train_id = IGNORE_INDEX if target == "ignore_label" else target
        if not _is_id(source) or not _is_id(train_id):
            raise senseless(
                yaml.path, f"label_mapping[{source}] is not an id mapped to a class", fix
            )
        if train_id >= num_classes and train_id != IGNORE_INDEX:
            raise senseless(
                yaml.path, f"label_mapping names class {train_id} of {num_classes}", fix
            )
        if source > IGNORE_INDEX:
            raise senseless(yaml.path, f"label_mapping has the id {source}, above 255", fix)
        if source >= 0:  # Cityscapes' -1, a licence plate, is never in a file
            ids[source] = train_id
    if set(ids.values()) <= {IGNORE_INDEX}:  # it only says what else is void
        return identity_map(num_classes) | ids
    return ids


def read_encoding(yaml: YamlFile) -> IdEncoding:
    """Where in the files the ids are."""
    channel, divisor = yaml.values.get("mask_channel"), yaml.values.get("label_divisor")
    divisor = 1 if divisor is None else divisor
    if channel is not None and channel not in CHANNELS:
        why = f"mask_channel (line {yaml.lines['mask_channel']}) is no channel of a picture"
        raise senseless(yaml.path, why, f"write mask_channel: {', '.join(CHANNELS[:-1])} or blue")
    if not is_divisor(divisor):
        why = f"label_divisor (line {yaml.lines['label_divisor']}) divides no number"
        fix = "write label_divisor: 256, where the files hold label * 256 + instance"
        raise senseless(yaml.path, why, fix)
    return IdEncoding(channel, divisor)


def _is_id(value: Any) -> bool:  # noqa: ANN401  # from YAML, where true is a bool and an int
    return isinstance(value, int) and not isinstance(value, bool) and value >= -1


def read_colours(yaml: YamlFile, names: tuple[str, ...]) -> tuple[Colour, ...]:
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
    raise senseless(
        yaml.path,
        f"palette (line {yaml.lines['palette']}) does not give every class a colour{without}",
        "write palette: [[128, 64, 128], ...], red, green and blue as whole numbers from 0 to 255",
    )


def _is_colour(value: Any) -> bool:  # noqa: ANN401  # from YAML
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(_is_id(level) and 0 <= level <= 255 for level in value)
    )
