"""YOLO's polygons: a ``data.yaml``, and beside each folder of pictures one of text files."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...imaging import IdCanvas, Point
from ...yaml_file import YamlFile, read_yaml
from ..pairs import PICTURE_SUFFIXES, list_files, mode_of
from .export import UNLABELLED, Annotated, Export, FaultList, printable
from .places import SPLITS, check_inside, find_inside, split_and_place
from .values import flat_points, inside, malformed, read_text

_TREE = """\
         data.yaml with names, train and val
         images/{train,val}/NAME.jpg
         labels/{train,val}/NAME.txt"""


def read_yolo(source: Path, faults: FaultList) -> Export:
    """An export of YOLO polygons: the folder, or its YAML.

    Raises:
        InputError: There is none, or its YAML makes no sense.
    """
    yaml = _description(source)
    root = yaml.path.absolute().parent
    names = _names(yaml)
    left_out: Counter[str] = Counter()
    notes: list[str] = []
    pictures = []
    for key, split in SPLITS.items():
        for image, name in _pictures(root, yaml, key, faults, notes):
            with faults.at(image):
                pictures.append(
                    Annotated(
                        image=check_inside(root, image),
                        name=name,
                        split=split,
                        where=image,
                        size=None,
                        draw=partial(_draw, root, _label_file(image), len(names), left_out),
                    )
                )
    return Export(
        names=names,
        pictures=tuple(pictures),
        overlap="the smaller area lies on top, as Ultralytics draws them",
        outlined=True,
        left_out=left_out,
        notes=tuple(notes),
    )


def _description(source: Path) -> YamlFile:
    files = (
        [source] if source.is_file() else sorted([*source.glob("*.yaml"), *source.glob("*.yml")])
    )
    named = [file for file in files if file.stem == "data"] or files
    fix = f"give the folder of the export, or its YAML, with\n{_TREE}"
    if len(named) != 1:
        why = f"there are {len(named)} YAML files" if named else "there is no data.yaml"
        raise InputError("no YOLO data set", where=source, why=why, fix=fix)
    return read_yaml(named[0], what="the data set description", fix=fix)


def _names(yaml: YamlFile) -> tuple[str, ...]:
    """Class names as they are written, by their numbers."""
    written = yaml.written.get("names")
    fix = "write names: {0: road, 1: car}, in the order of the numbers in the label files"
    if written in (None, "", [], {}):
        raise _fault(yaml, "it has no names, which say what the classes are", fix)
    if isinstance(written, list):
        written = {str(index): name for index, name in enumerate(written)}
    if not isinstance(written, dict) or set(written) != set(map(str, range(len(written)))):
        raise _fault(yaml, "names does not number the classes 0, 1, 2, ...", fix)
    names = tuple(written[str(index)] for index in range(len(written)))
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise _fault(yaml, "a class name is not text", fix)
    if len(set(names)) < len(names):
        raise _fault(yaml, "two classes have one name", "give every class its own name")
    return names


def _fault(yaml: YamlFile, why: str, fix: str) -> InputError:
    return InputError("the data set description makes no sense", where=yaml.path, why=why, fix=fix)


def _pictures(
    root: Path, yaml: YamlFile, key: str, faults: FaultList, notes: list[str]
) -> Iterator[tuple[Path, PurePosixPath]]:
    """Pictures of a split and their places in it."""
    written = yaml.written.get(key)
    entries = written if isinstance(written, list) else [written] if written else []
    base = yaml.written.get("path")
    bases = [root / base, root] if isinstance(base, str) and "\0" not in base else [root]
    for entry in entries:
        place = _place(root, bases, entry)
        if place is None:
            why = f"{key} leads to nothing inside the export: {printable(str(entry))}"
            if SPLITS[key] != "test":
                raise _fault(yaml, why, f"correct it; it should look like\n{_TREE}")
            notes.append(why)  # Roboflow names one whether there is one or not
            continue
        if place.is_dir():
            for path in list_files(place, PICTURE_SUFFIXES):
                yield path, PurePosixPath(path.relative_to(place)).with_suffix("")
            continue
        for line in filter(None, map(str.strip, read_text(place).splitlines())):
            with faults.at(place.parent / printable(line)):
                # CVAT writes data/ before paths below the folder
                names = dict.fromkeys([line, line.removeprefix("data/")])
                path = find_inside(root, [place.parent, *bases], *names)
                yield path, _below_images(path.relative_to(root))


def _place(root: Path, bases: list[Path], entry: object) -> Path | None:
    """Folder or list, also where ``../`` leads out of the folder, as Roboflow writes."""
    if not isinstance(entry, str) or "\0" in entry:
        return None
    written = entry.replace("\\", "/")
    places = [
        base / name for base in bases for name in (written, re.sub(r"^(\.\./)+", "", written))
    ]
    real = Path(os.path.realpath(root))
    within = (place for place in places if Path(os.path.realpath(place)).is_relative_to(real))
    return next((place for place in within if mode_of(place) is not None), None)


def _below_images(path: Path) -> PurePosixPath:
    parts = path.parts
    last = len(parts) - parts[::-1].index("images") if "images" in parts[:-1] else 0
    return split_and_place(Path(*parts[last:]))[1]


def _label_file(image: Path) -> Path:
    """``labels/`` in the place of the last ``images/``, with the ending ``.txt``."""
    parts = list(image.parts)
    if "images" in parts:
        parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    return Path(*parts).with_suffix(".txt")


def _draw(
    root: Path, file: Path, classes: int, left_out: Counter[str], size: tuple[int, int]
) -> NDArray[np.uint8]:
    canvas = IdCanvas(size, fill=UNLABELLED)
    if not file.exists():
        left_out["pictures without a label file, which hold no area"] += 1
        return canvas.mask()
    shapes = []
    for number, line in enumerate(read_text(check_inside(root, file)).splitlines(), start=1):
        if row := line.split():
            with inside(file.with_name(f"{file.name}, line {number}")):
                shapes.append(_shape(row, classes, size))
    for index, corners in sorted(shapes, key=lambda shape: -_area(shape[1], size)):
        canvas.polygon(corners, index)
    return canvas.mask()


def _shape(row: list[str], classes: int, size: tuple[int, int]) -> tuple[int, list[Point]]:
    """Class and corners in pixels of a line ``CLASS x y x y ...`` with shares of the size."""
    if len(row) == 5:
        raise InputError(
            "a label file holds boxes (a class and four numbers)",
            fix="export polygons: in Ultralytics' terms a segment data set, not a detect one",
        )
    if not re.fullmatch(r"\d{1,4}", row[0]) or int(row[0]) >= classes:
        raise malformed("a line of a label file begins with no class that names lists")
    if len(row) < 7:
        raise malformed("a polygon of a label file has fewer than 3 points")
    try:
        levels = [float(level) for level in row[1:]]
    except ValueError:
        raise malformed("a line of a label file is not a class and numbers") from None
    if not all(-1 <= level <= 2 for level in levels):
        raise malformed("the points of a label file are not shares of the picture's size, 0 to 1")
    height, width = size
    return int(row[0]), [(x * width, y * height) for x, y in flat_points(levels)]


def _area(corners: list[Point], size: tuple[int, int]) -> float:
    """Of a polygon whose corners are moved into the picture, in square pixels."""
    height, width = size
    x, y = np.array(corners).clip(0, (width, height)).T
    return float(abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2)
