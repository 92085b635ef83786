"""Labelme: a JSON file for each picture, with the picture beside it or inside."""

import base64
import binascii
import math
import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...imaging import IdCanvas, Point, decode_image, read_header
from ..pairs import list_files
from .export import UNLABELLED, Annotated, Export, FaultList
from .places import check_inside, find_inside, split_and_place
from .values import items, malformed, mapping, picture_size, points, read_json, read_text, text

_POLYGONS = frozenset({None, "polygon", "oriented_rectangle", "rotation"})


def read_labelme(source: Path, faults: FaultList) -> Export:
    """A folder of labelme's JSON files, also below it; ``labels.txt`` there orders the classes.

    Raises:
        InputError: There are none.
    """
    root = source if source.is_dir() else source.absolute().parent
    files = list_files(source, frozenset({".json"})) if source.is_dir() else [source]
    contents: dict[Path, dict[str, Any]] = {}
    for file in files:
        with faults.at(file):
            content = read_json(check_inside(root, file))
            if isinstance(content, dict) and "shapes" in content:
                contents[file] = _checked(content)
    if not contents and not faults.listed():
        raise InputError(
            "no labelme annotations",
            where=source,
            why="no JSON file here holds shapes",
            fix="give the folder with labelme's JSON files and the pictures",
        )
    names = _names(root, contents)
    left_out: Counter[str] = Counter()
    pictures = []
    for file, content in contents.items():
        with faults.at(file):
            split, name = split_and_place(file.relative_to(root))
            pictures.append(
                Annotated(
                    image=_picture(root, file, content),
                    name=name,
                    split=split or "train",
                    where=file,
                    size=picture_size(content, height="imageHeight", width="imageWidth"),
                    draw=partial(_draw, content["shapes"], names, left_out),
                )
            )
    return Export(
        names=names,
        pictures=tuple(pictures),
        overlap="the shape that comes later in the file lies on top",
        outlined=True,
        left_out=left_out,
    )


def _checked(content: dict[str, Any]) -> dict[str, Any]:
    """What is needed of a file; a picture inside it is read again when it is its turn."""
    shapes = [mapping(shape, "a shape") for shape in items(content["shapes"], "shapes")]
    for shape in shapes:
        text(shape.get("label"), "the label of a shape")
        if shape.get("shape_type") is not None:
            text(shape["shape_type"], "the shape_type of a shape")
    kept = ("imagePath", "imageHeight", "imageWidth")
    return {
        "shapes": shapes,
        "inside": bool(content.get("imageData")),
        **{key: content.get(key) for key in kept},
    }


def _names(root: Path, contents: dict[Path, dict[str, Any]]) -> tuple[str, ...]:
    used = sorted({shape["label"] for content in contents.values() for shape in content["shapes"]})
    file = root / "labels.txt"
    listed = read_text(file).splitlines() if file.is_file() else []
    return tuple(dict.fromkeys([*filter(None, map(str.strip, listed)), *used]))


def _picture(root: Path, file: Path, content: dict[str, Any]) -> Path | Callable[[], bytes]:
    if content["inside"]:
        return partial(_picture_inside, file)
    name = text(content["imagePath"], "imagePath").replace("\\", "/")
    # relative to the JSON file, and so with ../ where that lies in a folder of its own
    place = os.path.relpath(file.parent / name, root)
    return find_inside(root, [root], place)


def _picture_inside(file: Path) -> bytes:
    return _decoded(mapping(read_json(file), "the file").get("imageData"), "imageData")


def _decoded(value: object, what: str) -> bytes:
    try:
        return base64.b64decode(text(value, what), validate=True)
    except (binascii.Error, ValueError):
        raise malformed(f"{what} is not in base64") from None


def _draw(
    shapes: list[dict[str, Any]],
    names: tuple[str, ...],
    left_out: Counter[str],
    size: tuple[int, int],
) -> NDArray[np.uint8]:
    canvas = IdCanvas(size, fill=UNLABELLED)
    index_of = {name: index for index, name in enumerate(names)}
    for shape in shapes:
        _draw_shape(canvas, shape, index_of[shape["label"]], left_out, size)
    return canvas.mask()


def _draw_shape(
    canvas: IdCanvas,
    shape: dict[str, Any],
    index: int,
    left_out: Counter[str],
    size: tuple[int, int],
) -> None:
    kind, corners = shape.get("shape_type"), points(shape.get("points"))
    if (kind in _POLYGONS and len(corners) > 2) or (kind == "rectangle" and len(corners) == 4):
        canvas.polygon(corners, index)
    elif kind == "rectangle" and len(corners) == 2:
        canvas.rectangle(corners[0], corners[1], index)
    elif kind == "circle" and len(corners) == 2:
        radius = math.dist(corners[0], corners[1])
        canvas.ellipse(corners[0], (radius, radius), index)
    elif kind == "mask" and len(corners) == 2:
        _stamp(canvas, shape.get("mask"), corners, index, size)
    elif kind in {"line", "linestrip", "point", "points"}:
        left_out[f"shapes of the kind {kind}, which have no area"] += 1
    else:
        raise malformed("a shape is of an unknown kind, or has not the points of its kind")


def _stamp(
    canvas: IdCanvas, value: object, corners: list[Point], index: int, size: tuple[int, int]
) -> None:
    """Draw a small mask where its two corners are, both of them included."""
    content = _decoded(value, "the mask of a shape")
    (x0, y0), (x1, y1) = [(int(x), int(y)) for x, y in corners]
    box = y1 - y0 + 1, x1 - x0 + 1
    if read_header(content).size != box or box[0] > size[0] or box[1] > size[1]:
        raise malformed("the mask of a shape has another size than its two points span")
    canvas.stamp(decode_image(content).max(axis=2) > 0, (x0, y0), index)
