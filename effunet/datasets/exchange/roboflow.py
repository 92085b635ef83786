"""Roboflow's semantic masks: ``NAME_mask.png`` beside ``NAME.jpg``, ids in ``_classes.csv``."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from ...errors import InputError
from ...labels import IGNORE_INDEX
from .export import Annotated, Export, FaultList
from .ids import read_positions
from .places import absent, by_stem, check_inside, split_of
from .values import inside, malformed, read_text

_CLASSES = "_classes.csv"
_MASK = "_mask"
_TREE = f"""\
         {{train,valid,test}}/{_CLASSES}
         {{train,valid,test}}/NAME.jpg
         {{train,valid,test}}/NAME{_MASK}.png"""


def read_roboflow(source: Path, faults: FaultList) -> Export:
    """An export of Roboflow's semantic segmentation masks.

    Raises:
        InputError: There is none, or its table of classes makes no sense.
    """
    tables = sorted([*source.glob(_CLASSES), *source.glob(f"*/{_CLASSES}")])
    if not tables:
        raise InputError(
            "no Roboflow masks",
            where=source,
            why=f"there is no {_CLASSES}",
            fix="export as Semantic Segmentation Masks and give the folder, with\n" + _TREE,
        )
    names: dict[str, int] = {}
    pictures: list[Annotated] = []
    for table in tables:
        with inside(table):
            rows = _rows(check_inside(source, table))
        ids = {value: names.setdefault(name, len(names)) for value, name in rows}
        pictures += _pictures(source, table.parent, {IGNORE_INDEX: IGNORE_INDEX} | ids, faults)
    return Export(
        names=tuple(names),
        pictures=tuple(pictures),
        overlap="there is none, a mask holds one class at every pixel",
        outlined=False,
    )


def _pictures(
    source: Path, folder: Path, ids: Mapping[int, int], faults: FaultList
) -> Iterator[Annotated]:
    """Pictures of a folder that have their masks beside them."""
    files = by_stem(folder)
    masks = {stem.removesuffix(_MASK) for stem in files if stem.endswith(_MASK)}
    images = {stem for stem in files if not stem.endswith(_MASK)}
    for stem in sorted(images | masks):
        image, mask = files.get(stem), files.get(f"{stem}{_MASK}")
        with faults.at(image or folder / f"{stem}{_MASK}.png"):
            if image is None:
                raise absent()
            if mask is None:
                raise InputError(
                    f"a picture has no mask NAME{_MASK}.png beside it",
                    fix="annotate it, or remove it from the export",
                )
            yield Annotated(
                image=check_inside(source, image),
                name=PurePosixPath(stem),
                split=split_of(folder.name) or "train",
                where=image,
                size=None,
                draw=partial(read_positions, check_inside(source, mask), ids, _CLASSES),
            )


def _rows(table: Path) -> list[tuple[int, str]]:
    """Id and name of every class, without the line that names the columns."""
    rows = [line.partition(",") for line in read_text(table).splitlines()[1:] if line.strip()]
    classes = []
    for value, _, name in rows:
        if not (value.strip().isdecimal() and len(value.strip()) < 4 and name.strip()):
            raise malformed("a line is not an id, a comma and a name")
        classes.append((int(value), name.strip().strip('"')))
    if len(dict(classes)) < len(classes):
        raise malformed("two classes have one id")
    return classes
