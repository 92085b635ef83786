"""Pascal VOC: masks of colours with a labelmap, as CVAT and datumaro write them."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...imaging import read_mask_file
from ...labels import IGNORE_INDEX, Colour, pack_colours, packed
from .export import UNLABELLED, Annotated, Export, FaultList, printable
from .ids import check_size, positions
from .places import by_stem, check_inside, relative, split_of
from .values import inside, malformed, read_text

_TREE = """\
         SegmentationClass/NAME.png
         JPEGImages/NAME.jpg
         ImageSets/Segmentation/{train,val}.txt
         labelmap.txt"""
_LABELMAP, _CLASS_NAMES = "labelmap.txt", "class_names.txt"
_LISTS = "ImageSets/Segmentation"
_BORDER = (224, 224, 192)
"""VOC's own colour of void, between objects."""
_VOC = (
    *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat"),
    *("chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant"),
    *("sheep", "sofa", "train", "tvmonitor"),
)
"""Classes where nothing lists others."""


def read_voc(source: Path, faults: FaultList) -> Export:
    """An export with ``SegmentationClass`` and what names its colours.

    Raises:
        InputError: There is none, or a list cannot be read.
    """
    masks = source / "SegmentationClass"
    if not masks.is_dir():
        raise InputError(
            "no VOC masks",
            where=source,
            why="there is no folder SegmentationClass",
            fix=f"give the folder of the export, with\n{_TREE}",
        )
    images, files = by_stem(source / "JPEGImages"), by_stem(masks)
    notes: list[str] = []
    names, colours = _classes(source, notes)
    pictures = []
    for split, name in _listed(source, files, notes):
        where = masks / f"{printable(name)}.png"
        with faults.at(where):
            place = relative(name)
            if str(place) not in files:
                raise _without_masks()
            if str(place) not in images:
                raise _without_pictures()
            mask = check_inside(source, files[str(place)])
            pictures.append(
                Annotated(
                    image=check_inside(source, images[str(place)]),
                    name=place,
                    split=split,
                    where=where,
                    size=None,
                    draw=partial(_read, mask, colours),
                )
            )
    return Export(
        names=names,
        pictures=tuple(pictures),
        overlap="there is none, a mask holds one class at every pixel",
        outlined=(0, 0, 0) not in colours,
        colours=colours,
        notes=tuple(notes),
    )


def _without_masks() -> InputError:
    return InputError(
        f"a list below {_LISTS} names a picture without a mask in SegmentationClass",
        fix="export it again, or remove the line from the list",
    )


def _without_pictures() -> InputError:
    return InputError(
        "the picture of a mask is not in JPEGImages",
        fix="export with pictures (in CVAT: Save images), or put them into JPEGImages",
    )


def _classes(source: Path, notes: list[str]) -> tuple[tuple[str, ...], tuple[Colour, ...]]:
    """Names and colours of ``labelmap.txt``, of labelme's ``class_names.txt``, or VOC's own."""
    file = source / _LABELMAP
    if file.is_file():
        rows = [line for line in _lines(source, file.name) if not line.startswith("#")]
        entries = [f"{row}:".split(":")[:2] for row in rows]
    elif (source / _CLASS_NAMES).is_file():
        file = source / _CLASS_NAMES
        entries = [[line, ""] for line in _lines(source, file.name)]
    else:
        notes.append(f"there is no {_LABELMAP}, so the classes are the 21 of VOC itself")
        entries = [[name, ""] for name in _VOC]
    names = tuple(name.strip() for name, _ in entries)
    with inside(file):
        colours = tuple(
            _colour(written) if written.strip() else _voc_colour(index)
            for index, (_, written) in enumerate(entries)
        )
        if len(set(names)) < len(names) or len(set(colours)) < len(colours):
            raise malformed("two classes have one name or one colour")
    return names, colours


def _lines(source: Path, name: str) -> list[str]:
    file = check_inside(source, source / name)
    return [line.strip() for line in read_text(file).splitlines() if line.strip()]


def _colour(written: str) -> Colour:
    levels = written.split(",")
    if len(levels) != 3 or not all(re.fullmatch(r"\s*\d{1,3}\s*", level) for level in levels):
        raise malformed("a colour is not three numbers, as in road:128,64,128::")
    r, g, b = (int(level) for level in levels)
    if max(r, g, b) > 255:
        raise malformed("a colour has a number above 255")
    return r, g, b


def _voc_colour(index: int) -> Colour:
    """The bits of ``index``, three at a time, as the high bits of red, green and blue."""
    r = g = b = 0
    for at in range(8):
        bits = index >> 3 * at
        r |= (bits & 1) << 7 - at
        g |= (bits >> 1 & 1) << 7 - at
        b |= (bits >> 2 & 1) << 7 - at
    return r, g, b


def _listed(source: Path, masks: Mapping[str, Path], notes: list[str]) -> Iterator[tuple[str, str]]:
    """Split and name of every picture."""
    files = sorted((source / _LISTS).glob("*.txt"))
    splits = {file: split_of(file.stem) for file in files}
    if {"train", "val"} & set(splits.values()):
        splits.pop(source / _LISTS / "trainval.txt", None)
    for file, split in splits.items():
        if split is None:
            notes.append(f"the list {printable(file.name)} is read as train")
        for line in dict.fromkeys(_lines(source, f"{_LISTS}/{file.name}")):
            yield split or "train", line
    if not splits:
        notes.append(f"there are no lists below {_LISTS}, so all is train")
        yield from (("train", name) for name in masks)


def _read(file: Path, colours: tuple[Colour, ...], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A mask of colours, or of their numbers, as positions in ``colours``."""
    mask = read_mask_file(file)
    with inside(file):
        check_size(mask.stored, size)
        shown = mask.stored if mask.palette is None else mask.palette[mask.stored]
        if shown.ndim == 2:
            numbers = {index: index for index in range(len(colours))}
            return positions(shown, {IGNORE_INDEX: IGNORE_INDEX} | numbers, listed_in=_LABELMAP)
        known = {packed((0, 0, 0)): UNLABELLED, packed(_BORDER): IGNORE_INDEX}
        known |= {packed(colour): index for index, colour in enumerate(colours)}
        return positions(pack_colours(shown.astype(np.uint8)), known, listed_in=_LABELMAP)
