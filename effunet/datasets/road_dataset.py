"""A data set on disk: its label space and the pairs of each split."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..errors import InputError
from ..imaging import IMAGE_SUFFIXES
from ..labels import LabelSpace
from .pairs import SegmentationPair, list_files, pair_folders


class SplitFiles(Protocol):
    """Where the files of a split lie."""

    def image_folders(self, split: str) -> list[Path]:
        """Folders or lists of pictures the split is made of; they may be missing."""

    def mask_folders(self, split: str) -> list[Path]:
        """Folders where the label files of the split are looked for; they may be missing."""

    def list_images(self, split: str) -> list[Path]:
        """Pictures of the split, in order."""

    def list_pairs(self, split: str) -> list[SegmentationPair]:
        """Pairs of the split in the order of their keys; empty where it has no labels."""


@dataclass(frozen=True)
class ParallelFolders:
    """Pictures and labels in parallel folders, told apart by what follows the stem."""

    root: Path
    images: str
    """Folder of a split's pictures, for example ``leftImg8bit/{split}``."""
    masks: str
    """Folder of a split's label files."""
    image_ending: str = ""
    """What a picture's stem ends in."""
    mask_ending: str = ""
    """What a label file's stem ends in."""
    image_suffix: str = ".png"
    """Suffix pictures usually have; any known one is read."""
    other_endings: tuple[str, ...] = ()
    """Endings of files in the label folder that are not this data set's labels."""

    def image_folders(self, split: str) -> list[Path]:
        """The one folder of the split's pictures."""
        return [self.root / self.images.format(split=split)]

    def mask_folders(self, split: str) -> list[Path]:
        """The one folder of the split's label files."""
        return [self.root / self.masks.format(split=split)]

    def list_images(self, split: str) -> list[Path]:
        """Pictures of the split, in order."""
        (folder,) = self.image_folders(split)
        return _ending_in(self.image_ending, list_files(folder, IMAGE_SUFFIXES))

    def list_pairs(self, split: str) -> list[SegmentationPair]:
        """Every picture and every label file of the split, paired by key."""
        (mask_folder,) = self.mask_folders(split)
        masks = _ending_in(self.mask_ending, list_files(mask_folder, IMAGE_SUFFIXES))
        return pair_folders(
            self.list_images(split),
            [path for path in masks if not path.stem.endswith(self.other_endings)],
            image_name=self.image_folders(split)[0] / f"*{self.image_ending}{self.image_suffix}",
            mask_name=mask_folder / f"*{self.mask_ending}.png",
        )


@dataclass(frozen=True)
class RoadDataset:
    """A data set that was found at its root."""

    name: str
    """Name in :data:`DATASETS`."""
    root: Path
    """Folder it lies in."""
    label_space: LabelSpace
    """What its labels mean."""
    layout: SplitFiles
    """Where the files of a split lie."""
    how_to_split: str
    """What to do where a split is missing."""

    def pairs(self, split: str) -> list[SegmentationPair]:
        """Pairs of ``split`` (train, val, ...) in the order of their keys, never empty.

        Files without a partner are among them: the integrity check lists them with all other
        faults.

        Raises:
            InputError: The split is missing or has no labels.
        """
        pairs = self.layout.list_pairs(split)
        if pairs:
            return pairs
        self.images(split)  # a missing split is the clearer message
        raise InputError(
            f"the {split} split of {self.name} has no labels",
            where=", ".join(map(str, self.layout.mask_folders(split))),
            why="there is no label file for any of its pictures",
            fix="put them there, use a split with labels, or effunet predict for pictures alone",
        )

    def images(self, split: str) -> list[Path]:
        """Pictures of ``split``, labelled or not, in order, never empty.

        Raises:
            InputError: The split is missing.
        """
        images = self.layout.list_images(split)
        if images:
            return images
        folders = self.layout.image_folders(split)
        where = ", ".join(str(folder) for folder in folders) or str(self.root)
        if split == "val":
            raise InputError(
                f"{self.name} has no val split",
                where=where,
                why="training pictures are never scored in its place: that would say nothing "
                "about other roads",
                fix=self.how_to_split,
            )
        raise InputError(
            f"{self.name} has no pictures in its {split} split",
            where=where,
            fix="check the folder, or name another split",
        )


def _ending_in(ending: str, paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.stem.endswith(ending)]


_SIGNS = {"trainannot": "camvid", "leftImg8bit": "idd_lite or cityscapes"}
"""Folder that tells a data set → its name."""


def existing_root(name: str, root: str | Path | None, *, tree: str, needs: str) -> Path:
    """``root`` as a path, after checking that the data set lies there.

    Args:
        name: Name of the data set.
        root: What the user gave.
        tree: How the data set lies on disk, for the message.
        needs: Folder below the root that every copy of it has.

    Raises:
        InputError: There is no root, or no such data set at it.
    """
    what = f"no {name} data"
    if root is None:
        raise InputError(what, why="no folder was given", fix="--data.root DIR, with\n" + tree)
    path = Path(root)
    if (path / needs).is_dir():
        return path
    if not path.is_dir():
        raise InputError(what, where=path, why="there is no such folder", fix="--data.root DIR")
    nested = sorted(child for child in path.glob("*/") if (child / needs).is_dir())
    if nested:
        raise InputError(
            what,
            where=path,
            why="it lies one folder deeper",
            fix=f"--data.root {shlex.quote(str(nested[0]))}",
        )
    like = next((name for folder, name in _SIGNS.items() if (path / folder).is_dir()), None)
    fix = f"it lies like {like}: say so with --data.name" if like else f"expected\n{tree}"
    raise InputError(what, where=path, why=f"there is no {needs} in it", fix=fix)
