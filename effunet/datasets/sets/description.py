"""Reads and checks the YAML that describes a folder of pictures."""

from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...files import expand_home
from ...labels import (
    LabelMap,
    LabelSpace,
    class_colours,
    colour_map,
)
from ...yaml_file import YamlFile, read_yaml
from .described_classes import read_colours, read_encoding, read_ids, read_names
from .described_places import Places, read_places
from .description_faults import EXAMPLE
from .description_keys import unknown_keys


@dataclass(frozen=True)
class Description:
    """What the YAML says, checked."""

    places: Places
    """Where pictures and masks lie."""
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
    yaml = _read(expand_home(file))
    unknown = unknown_keys(yaml)
    places = read_places(yaml)
    names = read_names(yaml)
    palette = read_colours(yaml, names)
    return Description(
        places=places,
        label_space=LabelSpace(file.stem, names, palette or class_colours(names)),
        label_map=LabelMap(
            ids=read_ids(yaml, len(names)),
            colours=colour_map(palette),
            stated=yaml.values.get("label_mapping") is not None,
            encoding=read_encoding(yaml),
        ),
        notes=unknown,
    )


def _read(file: Path) -> YamlFile:
    what, fix = "the data set description", f"--data.root FILE.yaml, with\n{EXAMPLE}"
    try:
        return read_yaml(file, what=what, fix=fix)
    except InputError as error:
        if "escape" not in str(error.why):
            raise
        raise InputError(
            error.what,
            where=file,
            why=f"{error.why}: in double quotes a backslash is YAML's own",
            fix="write paths with forward slashes: path: C:/Users/me/my_roads",
        ) from error
