"""Label Studio: its JSON and JSON-MIN exports, with the pictures beside."""

import math
import re
from collections import Counter
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...imaging import IdCanvas, Point
from ..pairs import PICTURE_SUFFIXES, list_files
from .brush import decode_brush
from .export import UNLABELLED, Annotated, Export, FaultList
from .places import absent, check_inside, split_and_place
from .values import items, malformed, mapping, number, picture_size, points, read_json

_KINDS = ("brush", "polygon", "rectangle", "ellipse")
_LABEL_KEYS = (*(f"{kind}labels" for kind in _KINDS), "labels")
_NO_AREA = "regions that are no brush, polygon, rectangle or upright ellipse"
_TREE = """\
         project-1.json     (Export, JSON or JSON-MIN)
         images/NAME.jpg    (the pictures, under the names they were uploaded with)"""

Region = dict[str, Any]


def read_label_studio(source: Path, faults: FaultList) -> Export:
    """A JSON export of image segmentation, and the pictures below its folder.

    Raises:
        InputError: There is none.
    """
    root = source if source.is_dir() else source.absolute().parent
    by_name = _pictures(root)
    names: dict[str, int] = {}
    left_out: Counter[str] = Counter()
    pictures = []
    for file, tasks in _files(source):
        for position, task in enumerate(tasks):
            where = file.with_name(f"{file.name}, task {position + 1}")
            with faults.at(where):
                entry = mapping(task, "a task")
                regions = _regions(entry, left_out)
                if regions is None:
                    continue
                image = check_inside(root, _picture(entry, by_name, root))
                split, name = split_and_place(_without_images(image.relative_to(root)))
                for region in regions:
                    for label in _labels(region):
                        names.setdefault(label, len(names))
                pictures.append(
                    Annotated(
                        image=image,
                        name=name,
                        split=split or "train",
                        where=where,
                        size=_stated_size(regions),
                        draw=partial(_draw, regions, names, left_out),
                    )
                )
    return Export(
        names=tuple(names),
        pictures=tuple(pictures),
        overlap="the region that comes later in the file lies on top",
        outlined=True,
        left_out=left_out,
    )


def _files(source: Path) -> list[tuple[Path, list[Any]]]:
    files = (
        [source]
        if source.is_file()
        else [check_inside(source, file) for file in sorted(source.glob("*.json"))]
    )
    contents = [(file, read_json(file)) for file in files]
    of_tasks = [(file, content) for file, content in contents if isinstance(content, list)]
    if not of_tasks:
        raise InputError(
            "no Label Studio export",
            where=source,
            why="no JSON file here holds a list of tasks",
            fix=f"export as JSON and give its folder, with\n{_TREE}",
        )
    return of_tasks


def _regions(task: dict[str, Any], left_out: Counter[str]) -> list[Region] | None:
    """What was drawn, newest annotation only; None where a task was skipped or is not done."""
    if "annotations" not in task:  # JSON-MIN
        lists = [value for value in task.values() if isinstance(value, list)]
        drawn = [region for value in lists for region in value if _is_region(region)]
        return [_flat(region, region) for region in drawn]
    annotations = [
        mapping(annotation, "an annotation")
        for annotation in items(task["annotations"], "annotations")
    ]
    done = [annotation for annotation in annotations if not annotation.get("was_cancelled")]
    if not done:
        left_out["tasks that were skipped or not annotated"] += 1
        return None
    if len(done) > 1:
        left_out["tasks annotated more than once, of which the newest annotation is taken"] += 1
    newest = max(done, key=lambda annotation: str(annotation.get("created_at") or ""))
    results = [mapping(region, "a result") for region in items(newest.get("result"), "result")]
    regions = [region for region in results if _is_region(region.get("value"))]
    for region in results:
        if region not in regions and str(region.get("type")).endswith("labels"):
            left_out[_NO_AREA] += 1
    return [_flat(region, region["value"]) for region in regions]


def _is_region(value: object) -> bool:
    return isinstance(value, dict) and any(key in value for key in (*_LABEL_KEYS, "rle", "points"))


def _flat(region: Region, value: Region) -> Region:
    stated = ("original_width", "original_height", "image_rotation")
    return {**value, **{key: region.get(key) for key in stated}}


def _labels(region: Region) -> list[str]:
    found: object = next((region[key] for key in _LABEL_KEYS if key in region), [])
    labels = items(found, "the labels of a region")
    if len(labels) > 1 or not all(isinstance(label, str) and label for label in labels):
        raise malformed("a region has not one label, and so not one class")
    return labels


def _stated_size(regions: list[Region]) -> tuple[int, int] | None:
    sizes = [
        picture_size(region, height="original_height", width="original_width") for region in regions
    ]
    return next((size for size in sizes if size is not None), None)


def _draw(
    regions: list[Region], names: dict[str, int], left_out: Counter[str], size: tuple[int, int]
) -> NDArray[np.uint8]:
    canvas = IdCanvas(size, fill=UNLABELLED)
    for region in regions:
        labels = _labels(region)
        if not labels:
            left_out["regions without a label"] += 1
            continue
        if region.get("image_rotation"):
            raise InputError(
                "a picture was turned in the annotation tool",
                fix="turn it back there, or turn the file and annotate it again",
            )
        _draw_region(canvas, region, names[labels[0]], left_out, size)
    return canvas.mask()


def _draw_region(
    canvas: IdCanvas,
    region: Region,
    index: int,
    left_out: Counter[str],
    size: tuple[int, int],
) -> None:
    height, width = size
    if "rle" in region:
        canvas.stamp(decode_brush(region["rle"], size), (0, 0), index)
    elif "points" in region:
        corners = [(x * width / 100, y * height / 100) for x, y in points(region["points"])]
        if len(corners) < 3:
            left_out["polygons of fewer than 3 points"] += 1
        else:
            canvas.polygon(corners, index)
    elif "radiusX" in region and not region.get("rotation"):
        x, y, across, down = _levels(region, ("x", "y", "radiusX", "radiusY"), size)
        canvas.ellipse((x, y), (abs(across), abs(down)), index)
    elif "width" in region:
        canvas.polygon(_corners(region, size), index)
    else:
        left_out[_NO_AREA] += 1


def _levels(region: Region, keys: tuple[str, ...], size: tuple[int, int]) -> list[float]:
    """Pixels of shares in per cent, across and down in turn."""
    height, width = size
    values = [number(region.get(key), key) for key in keys]
    pixels = [value * (height if at % 2 else width) / 100 for at, value in enumerate(values)]
    return [number(level, "a region") for level in pixels]


def _corners(region: Region, size: tuple[int, int]) -> list[Point]:
    """Of a rectangle, which turns clockwise about its first corner."""
    x, y, across, down = _levels(region, ("x", "y", "width", "height"), size)
    turn = math.radians(number(region.get("rotation") or 0, "rotation"))
    cos, sin = math.cos(turn), math.sin(turn)
    steps = ((0.0, 0.0), (across, 0.0), (across, down), (0.0, down))
    return [(x + dx * cos - dy * sin, y + dx * sin + dy * cos) for dx, dy in steps]


def _pictures(root: Path) -> dict[str, list[Path]]:
    """Pictures below ``root`` by name, with and without the mark that an upload gets."""
    found: dict[str, list[Path]] = {}
    for path in list_files(root, PICTURE_SUFFIXES):
        for name in dict.fromkeys((path.name, _unmarked(path.name))):
            found.setdefault(name, []).append(path)
    return found


def _unmarked(name: str) -> str:
    return re.sub(r"^[0-9a-f]{8}-(?=.)", "", name)


def _picture(task: dict[str, Any], by_name: dict[str, list[Path]], root: Path) -> Path:
    """The picture whose path ends most like the task says."""
    written = _written(mapping(task.get("data", task), "data"))
    place = PurePosixPath(written.replace("\\", "/"))
    found = by_name.get(place.name) or by_name.get(_unmarked(place.name)) or []
    if not found:
        raise absent()
    alike = {path: _alike(path.relative_to(root).parts, place.parts) for path in found}
    best = [path for path in found if alike[path] == max(alike.values())]
    if len(best) > 1:
        raise InputError(
            "several pictures of one name may be the one that is annotated",
            fix="give every picture its own name, or keep one of them in the folder",
        )
    return best[0]


def _alike(parts: tuple[str, ...], others: tuple[str, ...]) -> int:
    """How many folders agree, counted from the last."""
    pairs = zip(parts[-2::-1], others[-2::-1], strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), len(parts))


def _written(data: dict[str, Any]) -> str:
    """What the task says of its picture: a path, an address, or what a local server is asked."""
    for value in data.values():
        if isinstance(value, str):
            path = unquote(value.rpartition("?d=")[2] if "?d=" in value else value.split("?")[0])
            if PurePosixPath(path).suffix.lower() in PICTURE_SUFFIXES:
                return path
    raise malformed("a task names no picture")


def _without_images(path: Path) -> PurePosixPath:
    parts = path.parts
    return PurePosixPath(*(parts[1:] if parts[0] == "images" else parts))
