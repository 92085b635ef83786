"""The files of a described data set: pictures where it says, and the masks that belong to them."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import InputError
from ...files import expand_home
from ..pairs import (
    PICTURE_SUFFIXES,
    SegmentationPair,
    has_ending,
    is_folder,
    key_of,
    list_files,
    pair_folders,
)
from .described_places import Places, is_list
from .drives import Drives
from .picture_list import read_picture_list


@dataclass(frozen=True)
class _Pictures:
    """What a split takes from one folder."""

    folder: Path
    """Folder whose masks lie below one of the same layout."""
    beside: Path | None
    """That one, where it is named and does not follow from the path."""
    files: list[Path]
    chosen: bool
    """Whether masks of other pictures may lie there, which are no concern."""


@dataclass(frozen=True)
class DescribedFiles:
    """Pictures where the description says; masks below the same folders elsewhere."""

    places: Places
    """What the YAML says of files."""

    def image_folders(self, split: str) -> list[Path]:
        """Folders and lists named for the split; none where it is not named."""
        return [self._path(entry) for entry in self.places.splits.get(split, ())]

    def mask_folders(self, split: str) -> list[Path]:
        """Where the masks of the split's pictures are looked for; nowhere where it has none."""
        if not self._is_labelled(split):
            return []
        return list(dict.fromkeys(map(self._mask_place, self._pictures(split))))

    def label_name(self) -> str:
        """By its ending, if one is described; any suffix will do."""
        ending = self.places.endings.mask
        return f"*{ending}.png" if ending else "file of the same name"

    def list_images(self, split: str) -> list[Path]:
        """Pictures of all the split's folders and lists, each once, in order."""
        files = [path for pictures in self._pictures(split) for path in pictures.files]
        return sorted({os.path.normpath(path): path for path in files}.values())

    def list_pairs(self, split: str) -> list[SegmentationPair]:
        """Pictures and masks paired by their place below the folders of both."""
        taken = self._pictures(split) if self._is_labelled(split) else []
        places = [self._mask_place(pictures) for pictures in taken]
        masks = [self._labels(place) for place in places]
        if not any(masks):
            return []
        root, drives = self._key_root(split, taken), Drives(self._split_folders())
        endings, entries = self.places.endings, self.image_folders(split)
        found: dict[str, SegmentationPair] = {}
        for pictures, place, labels in zip(taken, places, masks, strict=True):
            images, below = _drives_begin(pictures, split_folder=pictures.folder in entries)
            for pair in pair_folders(
                pictures.files,
                labels,
                image_name=pictures.folder / "*.jpg",
                mask_name=place / "*.png",
                selected=pictures.chosen,
                endings=endings,
            ):
                image = os.path.normpath(pair.image)
                key = key_of(Path(image).relative_to(root), endings.image)
                inside = pair.image.relative_to(pictures.folder).parent
                drive = drives.drive(images, below / inside)
                found.setdefault(image, replace(pair, key=key, sequence=drive))
        return sorted(found.values(), key=lambda pair: pair.key)

    def list_strays(self, split: str) -> list[Path]:
        """Files among the masks without their ending, where one is described.

        Without one there is none: a mask of no picture is a pair without one, and named with the
        faults.
        """
        ending = self.places.endings.mask
        taken = self._pictures(split) if ending and self._is_labelled(split) else []
        images = {path for pictures in taken for path in pictures.files}
        folders = dict.fromkeys(map(self._mask_place, taken))
        files = [path for folder in folders for path in list_files(folder, PICTURE_SUFFIXES)]
        return [path for path in files if path not in images and not has_ending(path, ending)]

    def list_stray_images(self, split: str) -> list[Path]:
        """Pictures without their ending, where one is described, that are no masks either."""
        endings = self.places.endings
        folders = [folder for folder in self.image_folders(split) if endings.image]
        return [
            path
            for folder in folders
            for path in list_files(folder, PICTURE_SUFFIXES)
            if not has_ending(path, endings.image)
            and not (endings.mask and has_ending(path, endings.mask))
        ]

    def _is_labelled(self, split: str) -> bool:
        return self.places.masks_dir is not None or split in self.places.masks

    def _labels(self, place: Path) -> list[Path]:
        files = list_files(place, PICTURE_SUFFIXES)
        return [path for path in files if has_ending(path, self.places.endings.mask)]

    def _pictures(self, split: str) -> list[_Pictures]:
        """What the split takes, folder by folder.

        Raises:
            InputError: A list cannot be read, or some but not all of the entries give nothing.
        """
        entries = self.image_folders(split)
        named = self.places.masks.get(split)
        beside = [self._path(folder) for folder in named] if named else [None] * len(entries)
        taken = {
            entry: self._taken_from(entry, folder)
            for entry, folder in zip(entries, beside, strict=True)
        }
        empty = [str(entry) for entry, found in taken.items() if not any(p.files for p in found)]
        if empty and len(empty) < len(taken):
            raise InputError(
                f"a part of the {split} split holds no pictures",
                where=", ".join(empty),
                why="the others do, and it would be left out without a word",
                fix="correct it in the data set description, or remove it there",
            )
        return [pictures for found in taken.values() for pictures in found]

    def _taken_from(self, entry: Path, beside: Path | None) -> list[_Pictures]:
        if is_list(entry.name) and not is_folder(entry):
            return self._listed(entry, beside)
        files = list_files(entry, PICTURE_SUFFIXES)
        pictures = [path for path in files if has_ending(path, self.places.endings.image)]
        if files and not pictures:
            raise self._none_is_called_so(files[0])
        if beside and os.path.normpath(beside) == os.path.normpath(entry):
            pictures = self._without_masks(pictures, entry)
        return [_Pictures(entry, beside, pictures, chosen=self._is_shared(beside))]

    def _listed(self, entry: Path, beside: Path | None) -> list[_Pictures]:
        base = self._path(self.places.images) if self.places.images else None
        files = read_picture_list(entry, base, ending=self.places.endings.image)
        if beside and base:
            return [_Pictures(base, beside, files, chosen=True)]
        by_folder: dict[Path, list[Path]] = {}
        for path in files:
            folder = Path(*path.parts[: _last_images(path.parent)])
            by_folder.setdefault(folder, []).append(path)
        return [_Pictures(folder, None, found, chosen=True) for folder, found in by_folder.items()]

    def _without_masks(self, files: list[Path], folder: Path) -> list[Path]:
        """Pictures of a folder that holds the masks, too."""
        endings = self.places.endings
        if not endings.mask:
            raise InputError(
                "pictures and masks cannot be told apart",
                where=folder,
                why="they lie in one folder, and nothing says how the names of masks end",
                fix="write mask_ending: _mask, for names such as 0001_mask.png",
            )
        return [path for path in files if endings.image or not has_ending(path, endings.mask)]

    def _none_is_called_so(self, example: Path) -> InputError:
        ending = self.places.endings.image
        return InputError(
            f"no picture is called *{ending}{example.suffix}",
            where=example.parent,
            why=f"image_ending is {ending}, and there are names such as {example.name}",
            fix="correct image_ending in the data set description, or leave it out",
        )

    def _is_shared(self, masks: Path | None) -> bool:
        """Whether the masks of several folders of pictures lie in this one."""
        places = [
            os.path.normpath(self._path(folder))
            for folders in self.places.masks.values()
            for folder in folders
        ]
        return masks is not None and places.count(os.path.normpath(masks)) > 1

    def _path(self, written: str) -> Path:
        return self.places.path / expand_home(written)

    def _key_root(self, split: str, taken: list[_Pictures]) -> str:
        """Folder that keys begin at: high enough that no two pictures have one name."""
        folders = [os.path.normpath(pictures.folder) for pictures in taken]
        if len(taken) == 1 and [taken[0].folder] == self.image_folders(split):  # and no list
            return folders[0]
        base = self.places.path
        inside = all(Path(folder).is_relative_to(base) for folder in folders)
        return str(base) if inside else os.path.commonpath(folders)

    def _split_folders(self) -> frozenset[Path]:
        entries = (entry for split in self.places.splits for entry in self.image_folders(split))
        return frozenset(Path(os.path.normpath(entry)) for entry in entries)

    def _mask_place(self, pictures: _Pictures) -> Path:
        """Where the masks of a folder of pictures lie."""
        masks_dir = self.places.masks_dir
        if pictures.beside or masks_dir is None:
            return pictures.beside or pictures.folder
        folder = pictures.folder
        if "images" not in folder.parts:
            raise _no_place(folder, masks_dir)
        last = _last_images(folder)
        return Path(*folder.parts[: last - 1], masks_dir, *folder.parts[last:])


def _drives_begin(pictures: _Pictures, *, split_folder: bool) -> tuple[Path, Path]:
    """The folder whose folders may be drives or splits, and how the pictures lie below it."""
    if pictures.beside and split_folder:
        return pictures.folder.parent, Path(pictures.folder.name)
    if pictures.beside:
        return pictures.folder, Path()
    last = _last_images(pictures.folder)
    return Path(*pictures.folder.parts[:last]), Path(*pictures.folder.parts[last:])


def _last_images(folder: Path) -> int:
    """How many parts of ``folder`` there are up to the last one called ``images``, or in all."""
    parts = folder.parts
    return len(parts) - parts[::-1].index("images") if "images" in parts else len(parts)


def _no_place(folder: Path, masks_dir: str) -> InputError:
    if not is_folder(folder):
        absent = next(each for each in (folder, *folder.parents) if is_folder(each.parent))
        return InputError(
            "the folder of the pictures is not there",
            where=folder,
            why=f"there is no {absent.name} in {absent.parent}",
            fix="correct it in the data set description",
        )
    return InputError(
        "masks cannot be found from the path of the pictures",
        where=folder,
        why=f"masks_dir ({masks_dir}) takes the place of a folder called images, and there is none "
        "in the path",
        fix=f"lay pictures out as images/train/... and masks as {masks_dir}/train/..., or say in "
        "place of masks_dir where the masks lie: masks: {train: FOLDER, val: FOLDER}",
    )
