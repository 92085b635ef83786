"""Hugging Face's columns as folders: ``image/``, ``label/`` and ``id2label.json``."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from ...errors import InputError
from ...labels import IGNORE_INDEX
from .export import Annotated, Export, FaultList
from .ids import read_positions
from .places import absent, by_stem, check_inside, split_and_place
from .values import inside, malformed, mapping, read_json, text

_CLASSES = "id2label.json"
IMAGES = ("image", "images", "pixel_values")
LABELS = ("label", "labels", "annotation", "annotations", "mask", "masks", "semantic_segmentation")
"""What columns of masks are called."""
_TREE = f"""\
         {_CLASSES}
         {{train,validation}}/image/NAME.jpg
         {{train,validation}}/label/NAME.png"""


def read_hugging_face(source: Path, faults: FaultList) -> Export:
    """Folders named after the columns of a semantic data set, and its ``id2label.json``.

    Raises:
        InputError: There are none, or ``id2label.json`` makes no sense.
    """
    columns = [
        (images, labels)
        for images in _folders(source, IMAGES)
        if (labels := _beside(images)) is not None
    ]
    if not columns:
        raise _nothing(source, why="there are no folders image and label in it")
    file = source / _CLASSES
    if not file.is_file():
        raise _nothing(source, why=f"there is no {_CLASSES} in it")
    with inside(file):
        names, ids = _classes(check_inside(source, file))
    pictures: list[Annotated] = []
    for images, labels in columns:
        pictures += _pictures(source, images, labels, ids, faults)
    return Export(
        names=names,
        pictures=tuple(pictures),
        overlap="there is none, a mask holds one class at every pixel",
        outlined=False,
    )


def _pictures(
    source: Path, images: Path, labels: Path, ids: Mapping[int, int], faults: FaultList
) -> Iterator[Annotated]:
    """Pictures that have a mask of their name."""
    files, masks = by_stem(images), by_stem(labels)
    above = images.parent.relative_to(source)
    for stem in sorted(files.keys() | masks.keys()):
        with faults.at(files.get(stem) or masks[stem]):
            if stem not in files:
                raise absent()
            if stem not in masks:
                raise InputError(
                    "a picture has no mask of its name",
                    fix=f"write its mask as {labels.name}/NAME.png, or remove the picture",
                )
            split, name = split_and_place(above / files[stem].relative_to(images))
            yield Annotated(
                image=check_inside(source, files[stem]),
                name=name,
                split=split or "train",
                where=files[stem],
                size=None,
                draw=partial(read_positions, check_inside(source, masks[stem]), ids, _CLASSES),
            )


def _folders(source: Path, names: tuple[str, ...]) -> list[Path]:
    places = [*source.glob("*"), *source.glob("*/*")]
    return sorted(place for place in places if place.name in names and place.is_dir())


def _beside(images: Path) -> Path | None:
    """The folder of the masks of ``images``."""
    return next((p for name in LABELS if (p := images.with_name(name)).is_dir()), None)


def _nothing(source: Path, *, why: str) -> InputError:
    if any(source.rglob("*.parquet")):
        return InputError(
            "the data set lies in Parquet files, and its pictures are needed as files",
            where=source,
            why="Parquet is read with the library datasets, which is not a part of this project",
            fix="write them out with it: for i, row in enumerate(load_dataset(DIR, split='train')):"
            f" row['image'].save(f'train/image/{{i}}.png'); row['label'].save("
            f"f'train/label/{{i}}.png'); and put {_CLASSES} beside train",
        )
    return InputError(
        "no Hugging Face data set",
        where=source,
        why=why,
        fix=f"lay it out as\n{_TREE}",
    )


def _classes(file: Path) -> tuple[tuple[str, ...], dict[int, int]]:
    """Names, and from the ids in the masks to positions among them."""
    content = mapping(read_json(file), "the file")
    if not all(key.isdecimal() and len(key) < 6 for key in content):
        raise malformed("a key is no id")
    entries = sorted((int(key), text(name, "a name")) for key, name in content.items())
    names = dict.fromkeys(name for _, name in entries)
    position = {name: index for index, name in enumerate(names)}
    ids = {label_id: position[name] for label_id, name in entries}
    return tuple(names), {IGNORE_INDEX: IGNORE_INDEX} | ids
