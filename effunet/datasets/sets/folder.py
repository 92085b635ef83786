"""Your own pictures, described by a YAML file: the Ultralytics semantic format, read unchanged.

.. code-block:: yaml

    path: my_roads             # relative to this file
    train: images/train        # a folder, a list of folders, or a .txt that lists pictures
    val: images/val
    masks_dir: masks           # takes the place of images in a picture's path
    names: {0: road, 1: other}
    label_mapping: {7: 0, 8: 1, 0: ignore_label}    # optional: id in the files to class
    palette: [[128, 64, 128], [70, 70, 70]]         # optional, effunet's own key
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import InputError
from ...files import expand_home
from ..pairs import (
    PICTURE_SUFFIXES,
    SegmentationPair,
    is_folder,
    key_of,
    list_files,
    pair_folders,
)
from ..road_dataset import RoadDataset
from .description import EXAMPLE, Description, read_description
from .drives import Drives
from .picture_list import read_picture_list


def open_folder(root: str | Path | None) -> RoadDataset:
    """The data set that the YAML file ``root`` describes.

    Raises:
        InputError: There is no such file, or it makes no sense.
    """
    if root is None:
        raise InputError(
            "no folder data",
            why="no description was given",
            fix=f"--data.root FILE.yaml, with\n{EXAMPLE}",
        )
    description = read_description(Path(root))
    return RoadDataset(
        name="folder",
        root=description.path,
        label_space=description.label_space,
        label_map=description.label_map,
        layout=DescribedFolders(description),
        how_to_split=(
            f"move about a tenth of the pictures and masks, whole drives at a time, to folders of "
            f"their own and name them in {root}: val: images/val"
        ),
        notes=description.notes,
    )


@dataclass(frozen=True)
class _Pictures:
    """What a split takes from one folder."""

    folder: Path
    """Folder whose masks lie below one of the same layout."""
    files: list[Path]
    chosen: bool
    """Whether a list names them, so that what else lies there is no concern."""


@dataclass(frozen=True)
class DescribedFolders:
    """Pictures where the description says; masks where ``masks_dir`` replaces ``images``."""

    description: Description
    """What the YAML says."""

    def image_folders(self, split: str) -> list[Path]:
        """Folders and lists named for the split; none where it is not named."""
        entries = self.description.splits.get(split, ())
        return [self.description.path / expand_home(entry) for entry in entries]

    def mask_folders(self, split: str) -> list[Path]:
        """Where ``masks_dir`` leads from the folders of the split's pictures."""
        folders = dict.fromkeys(pictures.folder for pictures in self._pictures(split))
        return [self._mask_place(folder) for folder in folders]

    def label_name(self) -> str:
        """Any suffix will do."""
        return "file of the same name"

    def list_images(self, split: str) -> list[Path]:
        """Pictures of all the split's folders and lists, each once, in order."""
        files = [path for pictures in self._pictures(split) for path in pictures.files]
        return sorted({os.path.normpath(path): path for path in files}.values())

    def list_pairs(self, split: str) -> list[SegmentationPair]:
        """Pictures and masks paired by their place below ``images`` and ``masks_dir``."""
        taken = self._pictures(split)
        places = [self._mask_place(pictures.folder) for pictures in taken]
        masks = [list_files(place, PICTURE_SUFFIXES) for place in places]
        if not any(masks):
            return []
        root, drives = self._key_root(split, taken), Drives(self._split_folders())
        found: dict[str, SegmentationPair] = {}
        for pictures, place, labels in zip(taken, places, masks, strict=True):
            above = _last_images(pictures.folder)
            images, below = Path(*pictures.folder.parts[:above]), pictures.folder.parts[above:]
            for pair in pair_folders(
                pictures.files,
                labels,
                image_name=pictures.folder / "*.jpg",
                mask_name=place / "*.png",
                selected=pictures.chosen,
            ):
                image = os.path.normpath(pair.image)
                key = key_of(Path(image).relative_to(root))
                inside = pair.image.relative_to(pictures.folder).parent
                drive = drives.drive(images, Path(*below, inside))
                found.setdefault(image, replace(pair, key=key, sequence=drive))
        return sorted(found.values(), key=lambda pair: pair.key)

    def list_strays(self, split: str) -> list[Path]:
        """None: a mask of no picture is a pair without one, and named with the faults."""
        del split
        return []

    def _pictures(self, split: str) -> list[_Pictures]:
        """What the split takes, folder by folder.

        Raises:
            InputError: A list cannot be read, or some but not all of the entries give nothing.
        """
        taken = {entry: _taken_from(entry) for entry in self.image_folders(split)}
        empty = [str(entry) for entry, found in taken.items() if not any(p.files for p in found)]
        if empty and len(empty) < len(taken):
            raise InputError(
                f"a part of the {split} split holds no pictures",
                where=", ".join(empty),
                why="the others do, and it would be left out without a word",
                fix="correct it in the data set description, or remove it there",
            )
        return [pictures for found in taken.values() for pictures in found]

    def _key_root(self, split: str, taken: list[_Pictures]) -> str:
        """Folder that keys begin at: high enough that no two pictures have one name."""
        folders = [os.path.normpath(pictures.folder) for pictures in taken]
        if len(self.image_folders(split)) == 1 and not taken[0].chosen:
            return folders[0]
        base = self.description.path
        inside = all(Path(folder).is_relative_to(base) for folder in folders)
        return str(base) if inside else os.path.commonpath(folders)

    def _split_folders(self) -> frozenset[Path]:
        entries = (
            entry for split in self.description.splits for entry in self.image_folders(split)
        )
        return frozenset(Path(os.path.normpath(entry)) for entry in entries)

    def _mask_place(self, folder: Path) -> Path:
        """Where the masks of a folder of pictures lie."""
        parts, masks_dir = folder.parts, self.description.masks_dir
        if "images" not in parts:
            raise InputError(
                "masks cannot be found from the path of the pictures",
                where=folder,
                why=f"masks_dir ({masks_dir}) takes the place of a folder called images, and "
                "there is none in the path",
                fix=f"lay pictures out as images/train/... and masks as {masks_dir}/train/...",
            )
        last = _last_images(folder)
        return Path(*parts[: last - 1], masks_dir, *parts[last:])


def _taken_from(entry: Path) -> list[_Pictures]:
    if entry.suffix.lower() != ".txt" or is_folder(entry):
        return [_Pictures(entry, list_files(entry, PICTURE_SUFFIXES), chosen=False)]
    by_folder: dict[Path, list[Path]] = {}
    for path in read_picture_list(entry):
        folder = Path(*path.parts[: _last_images(path.parent)])
        by_folder.setdefault(folder, []).append(path)
    return [_Pictures(folder, files, chosen=True) for folder, files in by_folder.items()]


def _last_images(folder: Path) -> int:
    """How many parts of ``folder`` there are up to the last one called ``images``, or in all."""
    parts = folder.parts
    return len(parts) - parts[::-1].index("images") if "images" in parts else len(parts)
