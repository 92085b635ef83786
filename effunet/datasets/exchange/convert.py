"""Turning an export into a folder of pictures and masks, with the YAML that describes it."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from ...claims import filling, refuse_overwriting
from ...errors import InputError, suggestion
from ...files import expand_home, write_bytes
from ...imaging import read_header, write_mask
from ...labels import IGNORE_INDEX
from ..check import raise_faults
from ..pairs import key_of
from ..sets import read_description
from .classes import Classes, Unlabelled, train_classes
from .export import Annotated, Export, FaultList, Reader
from .formats import FORMATS, NAMES_ELSEWHERE, recognised
from .values import inside

_SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Conversion:
    """What became of an export."""

    description: Path
    """The YAML to train from."""
    pictures: dict[str, int]
    """Of each split that has any."""
    pixels: dict[str, int]
    """Of each class, and of void."""
    void: tuple[str, ...]
    """Names of the export that became void."""
    background: str | None
    """The class that unlabelled pixels belong to; None where they are void."""
    overlap: str
    """What holds where two annotations cover one pixel."""
    notes: tuple[str, ...]


def convert(
    source: str | Path,
    out: str | Path,
    *,
    layout: str,
    unlabelled: Unlabelled = "background",
    progress: Callable[[int, int], None] | None = None,
) -> Conversion:
    """Write what a tool exported as a folder data set; the export itself stays as it is.

    Args:
        source: Folder or file of the export.
        out: New folder; pictures are copied into it.
        layout: One of ``FORMATS``.
        unlabelled: What pixels are that no annotation covers.
        progress: Called with pictures done and to do.

    Raises:
        InputError: Nothing was written; all faults of the export are named at once.
    """
    source, out = expand_home(source), expand_home(out)
    read = _reader(layout)
    _check_places(source, out)
    faults = FaultList()
    try:
        with inside(source):
            export = read(source, faults)
    except InputError as error:
        raise _with_format(error, layout, source) from error
    if not export.pictures:
        raise_faults(faults.listed(), root=source, of="export")
        raise InputError("the export has no pictures", where=source, fix="export it again")
    with inside(source):
        splits = _splits(export)
        classes = train_classes(export, unlabelled)
    with filling(out) as folder:
        description = folder / f"{out.resolve().name}.yaml"
        write_bytes(description, _describe(classes, splits).encode())
        writer = _Writer(folder, classes, read_description(description).label_space.palette_array())
        for done, picture in enumerate(export.pictures, start=1):
            with faults.at(picture.where):
                writer.write(picture)
            if progress is not None:
                progress(done, len(export.pictures))
        raise_faults(faults.listed(), root=source, of="export")
    left_out = (f"left out: {count} {what}" for what, count in export.left_out.items())
    return Conversion(
        description=out / description.name,
        pictures={split: writer.pictures[split] for split in splits},
        pixels=writer.pixels_of_classes(),
        void=classes.void,
        background=classes.background,
        overlap=export.overlap,
        notes=(*export.notes, *left_out),
    )


def _splits(export: Export) -> list[str]:
    """Those that have pictures."""
    found = {picture.split for picture in export.pictures}
    if found == {"test"}:
        raise InputError(
            "the export has a test split alone",
            why="there is nothing to train on",
            fix="call it train in the annotation tool, and export again",
        )
    return [split for split in _SPLITS if split in found]


def _reader(layout: str) -> Reader:
    if layout in FORMATS:
        return FORMATS[layout]
    meant = NAMES_ELSEWHERE.get(layout.lower().replace("-", "_"))
    fix = f"did you mean {meant}?" if meant else suggestion(layout.lower(), FORMATS)
    raise InputError(f"there is no format {layout!r}", where="--from", fix=fix)


def _with_format(error: InputError, layout: str, source: Path) -> InputError:
    """``error``, or where ``source`` is an export of another format what names that."""
    others = recognised(source)
    if layout in others or not others:
        return error
    told = " or ".join(f"--from {other} ({file})" for other, file in others.items())
    return InputError(
        error.what, where=error.where, why=error.why, fix=f"by its files it is {told}"
    )


def _check_places(source: Path, out: Path) -> None:
    if not source.exists():
        raise InputError(
            "there is nothing to convert",
            where=source.absolute(),
            why="there is no such folder or file",
            fix="give the folder of the export with --source",
        )
    if out.resolve().is_relative_to(source.resolve()):
        raise InputError(
            "the new folder lies inside the export, which stays as it is",
            where=out.absolute(),
            fix="choose another folder with --out DIR",
        )
    refuse_overwriting(out)


def _describe(classes: Classes, splits: list[str]) -> str:
    """The YAML of a folder data set."""
    values: dict[str, object] = {split: f"images/{split}" for split in splits}
    values |= {"masks_dir": "masks", "names": dict(enumerate(classes.names))}
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    # said of just these masks, so that colours like those of a known data set raise no doubt
    same = {index: index for index in range(len(classes.names))}
    text += yaml.safe_dump({"label_mapping": same}, default_flow_style=None)
    if classes.colours:
        palette = [list(colour) for colour in classes.colours]
        text += yaml.safe_dump({"palette": palette}, default_flow_style=None)
    return text


class _Writer:
    """Writes pictures and their masks, and counts them."""

    def __init__(self, folder: Path, classes: Classes, palette: NDArray[np.uint8]) -> None:
        self._folder, self._classes, self._palette = folder, classes, palette
        self._taken: set[tuple[str, str]] = set()
        self._pixels = np.zeros(256, dtype=np.int64)
        self.pictures: Counter[str] = Counter()

    def write(self, picture: Annotated) -> None:
        """Write one.

        Raises:
            InputError: It cannot be read, or does not go with its annotation.
        """
        source = picture.image if isinstance(picture.image, Path) else picture.image()
        header = read_header(source)
        if picture.size not in (None, header.size):
            raise InputError(
                "the picture has another size than its annotation states",
                fix="export again with the pictures as they were annotated",
            )
        self._claim(picture)
        mask = self._classes.table[picture.draw(header.size)]
        place = f"{picture.split}/{picture.name}"
        image = self._folder / f"images/{place}{header.suffix}"
        if isinstance(source, bytes):
            write_bytes(image, source)
        else:
            image.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, image)
        write_mask(self._folder / f"masks/{place}.png", mask, self._palette)
        self._pixels += np.bincount(mask.ravel(), minlength=256)
        self.pictures[picture.split] += 1

    def pixels_of_classes(self) -> dict[str, int]:
        """Pixels of each class and of void."""
        counts = dict(zip(self._classes.names, self._pixels.tolist(), strict=False))
        return counts | {"void": int(self._pixels[IGNORE_INDEX])}

    def _claim(self, picture: Annotated) -> None:
        name = picture.name.with_name(f"{picture.name.name}.png")
        key = picture.split, key_of(name).casefold()  # as the check of a data set tells them apart
        if key in self._taken:
            raise InputError(
                "two pictures have one name, ending and case aside",
                fix="rename one of them in the annotation tool, and export again",
            )
        if any(part.startswith(".") for part in picture.name.parts):
            raise InputError(
                "the picture's name begins with a dot, so that it is hidden",
                fix="rename it in the annotation tool, and export again",
            )
        self._taken.add(key)
