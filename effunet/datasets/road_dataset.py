"""A data set on disk: its label space and the pairs of each split."""

import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ..errors import InputError
from ..files import expand_home
from ..labels import LabelMap, LabelSpace
from ..yaml_file import YAML_SUFFIXES
from .pairs import PICTURE_SUFFIXES, SegmentationPair, is_folder, list_files, pair_folders


class SplitFiles(Protocol):
    """Where the files of a split lie."""

    def image_folders(self, split: str) -> list[Path]:
        """Folders or lists of pictures the split is made of; they may be missing."""

    def mask_folders(self, split: str) -> list[Path]:
        """Folders where the label files of the split are looked for; they may be missing."""

    def label_name(self) -> str:
        """What is looked for in them, with ``*`` for the name of a picture."""

    def list_images(self, split: str) -> list[Path]:
        """Pictures of the split, in order."""

    def list_pairs(self, split: str) -> list[SegmentationPair]:
        """Pairs of the split in the order of their keys; empty where it has no labels."""

    def list_strays(self, split: str) -> list[Path]:
        """Files among the label files of the split that are of no known kind."""

    def list_stray_images(self, split: str) -> list[Path]:
        """Pictures among those of the split that are left aside for their names."""


@dataclass(frozen=True)
class ParallelFolders:
    """Pictures and labels in parallel folders, told apart by what follows the stem."""

    root: Path
    images: str
    """Folder of a split's pictures, for example ``leftImg8bit/{split}``."""
    masks: str
    """Folder of a split's label files."""
    image_ending: str = ""
    """What a picture's stem usually ends in."""
    mask_ending: str = ""
    """What a label file's stem ends in."""
    image_suffix: str = ".png"
    """Suffix pictures usually have; any known one is read."""
    other_endings: tuple[str, ...] = ()
    """Endings of files in the label folder that are not this data set's labels."""
    origin: re.Pattern[str] = re.compile(r"(?P<sequence>.+)/")
    """How a key begins that tells ``sequence`` or ``condition``, as groups of these names."""

    def image_folders(self, split: str) -> list[Path]:
        """The one folder of the split's pictures."""
        return [self.root / self.images.format(split=split)]

    def mask_folders(self, split: str) -> list[Path]:
        """The one folder of the split's label files."""
        return [self.root / self.masks.format(split=split)]

    def label_name(self) -> str:
        """By its ending; any known suffix is read."""
        return f"*{self.mask_ending}.png"

    def list_images(self, split: str) -> list[Path]:
        """Every picture in the split's folder, in order."""
        (folder,) = self.image_folders(split)
        return list_files(folder, PICTURE_SUFFIXES)

    def list_pairs(self, split: str) -> list[SegmentationPair]:
        """Every picture and every label file of the split, paired by key."""
        (image_folder,), (mask_folder,) = self.image_folders(split), self.mask_folders(split)
        masks = [path for path in self._label_folder(split) if self._is_label(path)]
        if not masks:
            return []
        pairs = pair_folders(
            self.list_images(split),
            masks,
            image_name=image_folder / f"*{self.image_ending}{self.image_suffix}",
            mask_name=mask_folder / self.label_name(),
        )
        return [self._with_origin(pair) for pair in pairs]

    def list_strays(self, split: str) -> list[Path]:
        """Files in the label folder with neither the labels' ending nor another known one."""
        known = (*self.other_endings, self.mask_ending)
        return [path for path in self._label_folder(split) if not path.stem.endswith(known)]

    def list_stray_images(self, split: str) -> list[Path]:
        """None: any picture in the folder is one of the split."""
        del split
        return []

    def _label_folder(self, split: str) -> list[Path]:
        (folder,) = self.mask_folders(split)
        return list_files(folder, PICTURE_SUFFIXES)

    def _is_label(self, path: Path) -> bool:
        other = path.stem.endswith(self.other_endings)
        return path.stem.endswith(self.mask_ending) and not other

    def _with_origin(self, pair: SegmentationPair) -> SegmentationPair:
        found = self.origin.match(pair.key)
        said = found.groupdict() if found else {}
        return replace(pair, sequence=said.get("sequence"), condition=said.get("condition"))


@dataclass(frozen=True)
class RoadDataset:
    """A data set that was found at its root."""

    name: str
    """Name in :data:`DATASETS`."""
    root: Path
    """Folder it lies in."""
    label_space: LabelSpace
    """Its classes."""
    label_map: LabelMap
    """How its label files say them."""
    layout: SplitFiles
    """Where the files of a split lie."""
    how_to_split: str
    """What to do where a split is missing."""
    notes: tuple[str, ...] = ()
    """What is worth knowing about how it is read, and goes on."""

    def pairs(self, split: str) -> list[SegmentationPair]:
        """Pairs of ``split`` (train, val, ...) in the order of their keys, never empty.

        Files without a partner are among them: the integrity check lists them with all other
        faults.

        Raises:
            InputError: The split is missing or has no labels, or a picture has several.
        """
        pairs = self.layout.list_pairs(split)
        if pairs:
            return pairs
        self.images(split)  # a missing split is the clearer message
        folders = self.layout.mask_folders(split)
        others = [path for folder in folders for path in list_files(folder, PICTURE_SUFFIXES)]
        instead = f"; {others[0].name} is there instead" if others else ""
        why = f"there is no {self.layout.label_name()} for any of its pictures{instead}"
        if folders and not any(map(is_folder, folders)):
            why = "there is no such folder"
        raise InputError(
            f"the {split} split of {self.name} has no labels",
            where=", ".join(map(str, folders or [self.root])),
            why=why,
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
                fix="effunet data split --out DIR, with the same --data options, divides what is "
                f"there by whole drives; or {self.how_to_split}",
            )
        others = [other for other in ("train", "val", "test") if self.layout.list_images(other)]
        there = any(map(is_folder, folders))
        raise InputError(
            f"{self.name} has no pictures in its {split} split",
            where=where,
            why=None if there else "there is no such folder, or no key of that name",
            fix=f"add it, or take a split with pictures: {' or '.join(others)}"
            if others
            else "correct the folder",
        )


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
    path = expand_home(root)
    if is_folder(path / needs):
        return path
    try:
        inside = sorted(path.iterdir())
    except (OSError, ValueError) as error:  # ValueError: no system has a name with a NUL
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(what, where=path, why=why, fix="--data.root DIR") from error
    elsewhere = _lies_elsewhere(path, inside, needs)
    if elsewhere:
        why, place = elsewhere
        raise InputError(what, where=path, why=why, fix=f"--data.root {shlex.quote(str(place))}")
    fix = _likeness(path, inside) or f"expected\n{tree}"
    raise InputError(what, where=path, why=f"there is no {needs} in it", fix=fix)


def _lies_elsewhere(path: Path, inside: list[Path], needs: str) -> tuple[str, Path] | None:
    """Where a root that is one folder too high, or one or two too deep, should have pointed."""
    for child in inside:
        if is_folder(child / needs):
            return "it lies one folder deeper", child
    for folder in path.absolute().parents[:2]:
        if is_folder(folder / needs):
            return "this is a part of it", folder
    return None


def _likeness(path: Path, inside: list[Path]) -> str | None:
    """What to do where the folder holds something else that is known."""
    like = next((name for folder, name in _SIGNS.items() if is_folder(path / folder)), None)
    if like:
        return f"it lies like {like}: say so with --data.name"
    described = next((file for file in inside if file.suffix in YAML_SUFFIXES), None)
    if described:
        quoted = shlex.quote(str(described))
        return f"--data.name folder --data.root {quoted}, if that file describes it"
    return None
