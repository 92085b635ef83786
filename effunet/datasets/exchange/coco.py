"""COCO: polygons and run lengths, as CVAT, Roboflow, Label Studio and FiftyOne export them."""

from collections import Counter
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...imaging import IdCanvas
from ...labels import IGNORE_INDEX
from .export import UNLABELLED, Annotated, Export, FaultList, printable
from .places import check_inside, find_inside, relative, split_and_place, split_of
from .rle import decode_area
from .values import (
    flat_points,
    inside,
    items,
    malformed,
    mapping,
    picture_size,
    read_json,
    text,
    whole,
)

_OF_ANNOTATIONS = frozenset({"images", "annotations", "categories"})
_TREE = """\
         annotations/instances_{train,val}.json with images/{train,val}/NAME.jpg or
         {train,valid}/_annotations.coco.json with the pictures beside it"""


def read_coco(source: Path, faults: FaultList) -> Export:
    """An export of COCO instances: a JSON file, or a folder with one for each split.

    Raises:
        InputError: There is none, or a file of annotations cannot be read.
    """
    root, files = _annotation_files(source)
    names: dict[str, int] = {}
    left_out: Counter[str] = Counter()
    pictures = []
    for file, content in files:
        split = split_of(file.stem) or split_of(file.parent.name) or "train"
        with inside(file):
            classes = _classes(content, names, left_out)
            images = _by_id(content, "images")
            by_image = _by_image(content, images)
        folders = _picture_folders(root, file, split)
        for number, entry in images.items():
            where = root / printable(str(entry.get("file_name")))
            with faults.at(where):
                name = text(entry.get("file_name"), "file_name")
                pictures.append(
                    Annotated(
                        image=find_inside(root, folders, name),
                        name=split_and_place(relative(name))[1],
                        split=split,
                        where=where,
                        size=picture_size(entry, height="height", width="width"),
                        draw=_Drawing(by_image.get(number, []), classes, left_out),
                    )
                )
    return Export(
        names=tuple(names),
        pictures=tuple(pictures),
        overlap="the annotation that comes later in the file lies on top",
        outlined=True,
        left_out=left_out,
    )


class _Drawing:
    """A picture's annotations, drawn one after the other."""

    def __init__(
        self, shapes: Sequence[dict[str, Any]], classes: dict[int, int], left_out: Counter[str]
    ) -> None:
        self._shapes, self._classes, self._left_out = shapes, classes, left_out

    def __call__(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        if self._shapes and not any(shape.get("segmentation") for shape in self._shapes):
            self._left_out["pictures with boxes alone, which are void all over"] += 1
            return np.full(size, IGNORE_INDEX, np.uint8)
        canvas = IdCanvas(size, fill=UNLABELLED)
        for shape in self._shapes:
            category = whole(shape.get("category_id"), "category_id")
            if category not in self._classes:
                raise malformed("an annotation has a category_id that categories does not list")
            self._draw(canvas, shape.get("segmentation"), self._classes[category], size)
        return canvas.mask()

    def _draw(self, canvas: IdCanvas, area: object, index: int, size: tuple[int, int]) -> None:
        if isinstance(area, dict):
            canvas.stamp(decode_area(area, size), (0, 0), index)
            return
        if not area:
            self._left_out["annotations without segmentation (boxes alone)"] += 1
            return
        for polygon in items(area, "segmentation"):
            corners = flat_points(polygon)
            if len(corners) < 3:
                self._left_out["polygons of fewer than 3 points"] += 1
            else:
                canvas.polygon(corners, index)


def _annotation_files(source: Path) -> tuple[Path, list[tuple[Path, dict[str, Any]]]]:
    """Folder of the export, and its files of annotations with their content."""
    if source.is_file():
        inner = source.absolute().parent
        root = inner.parent if inner.name == "annotations" else inner
        candidates = [source.absolute()]
    else:
        root = source
        found = [*source.glob("*.json"), *source.glob("*/*.json")]
        instances = [path for path in found if path.name.startswith("instances_")]
        candidates = [check_inside(root, path) for path in sorted(instances or found)]
    contents = [(path, read_json(path)) for path in candidates]
    of_coco = [
        (path, content)
        for path, content in contents
        if isinstance(content, dict) and content.keys() >= _OF_ANNOTATIONS
    ]
    if not of_coco:
        raise InputError(
            "no COCO annotations",
            where=source,
            why="no JSON file here holds images, annotations and categories",
            fix=f"give the folder of the export, with\n{_TREE}",
        )
    return root, of_coco


def _classes(
    content: dict[str, Any], names: dict[str, int], left_out: Counter[str]
) -> dict[int, int]:
    """Category id → index in ``names``, which grows by the names that are new."""
    categories = _by_id(content, "categories")
    shapes = _entries(content, "annotations")
    used = {whole(shape.get("category_id"), "category_id") for shape in shapes}
    groups = [entry.get("supercategory") for entry in categories.values()]
    classes = {}
    for number, entry in categories.items():
        name = text(entry.get("name"), "the name of a category")
        if name in groups and number not in used and len(categories) > 1:
            left_out[f"category {printable(name)}, which only groups others"] += 1
            continue
        classes[number] = names.setdefault(name, len(names))
    return classes


def _entries(content: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [mapping(entry, f"an entry of {key}") for entry in items(content[key], key)]


def _by_id(content: dict[str, Any], key: str) -> dict[int, dict[str, Any]]:
    """What is listed under ``key``, in its order.

    Raises:
        InputError: Two have one id, so that nothing says which an annotation is of.
    """
    found: dict[int, dict[str, Any]] = {}
    for entry in _entries(content, key):
        number = whole(entry.get("id"), f"an id of {key}")
        if found.setdefault(number, entry) is not entry:
            raise malformed(f"two entries of {key} have one id")
    return found


def _by_image(content: dict[str, Any], images: Container[int]) -> dict[int, list[dict[str, Any]]]:
    """Annotations of each picture, in their order."""
    found: dict[int, list[dict[str, Any]]] = {}
    for shape in _entries(content, "annotations"):
        number = whole(shape.get("image_id"), "image_id")
        if number not in images:
            raise malformed("an annotation has an image_id that images does not list")
        found.setdefault(number, []).append(shape)
    return found


def _picture_folders(root: Path, file: Path, split: str) -> list[Path]:
    """Where tools put the pictures, in the order in which they are looked for."""
    subset = file.stem.removeprefix("instances_")
    names = dict.fromkeys([subset, split, ""])
    below = [root / "images" / name for name in names] + [root / name for name in names]
    return [file.parent, file.parent / "images", *below]
