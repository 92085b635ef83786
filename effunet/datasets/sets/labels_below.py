"""Where label files lie in a folder of pictures, so that nobody takes them for pictures."""

from contextlib import suppress
from pathlib import Path

from ...errors import InputError
from ..pairs import is_folder
from ..road_dataset import RoadDataset
from .recognise import descriptions, matches
from .table import open_dataset

_SPLITS = ("train", "val", "test")


def label_folders(folder: Path) -> frozenset[Path]:
    """Folders, links followed, below ``folder`` that hold the label files of a data set alone.

    Data sets are looked for in ``folder``, right below it, and in the YAML files beside it.
    """
    found: set[Path] = set()
    for dataset in _datasets_around(folder):
        layout = dataset.layout
        images = {path.parent for split in _SPLITS for path in layout.list_images(split)}
        taken = {place for path in images for place in (path.resolve(), *path.resolve().parents)}
        masks = {path.resolve() for split in _SPLITS for path in layout.mask_folders(split)}
        found |= {path for path in masks - taken if is_folder(path)}
    top = folder.resolve()
    return frozenset(path for path in found if top in path.parents)


def _datasets_around(folder: Path) -> list[RoadDataset]:
    found: list[RoadDataset] = []
    inside = _folders_in(folder)
    for place in (folder, *inside):
        with suppress(*_OF_NO_USE):
            known = [each.name for each in matches(place) if each.name != "folder"]
            found += [open_dataset(name, place) for name in known]
    for place in (folder.absolute().parent, folder, *inside):
        with suppress(*_OF_NO_USE):
            for file in descriptions(place):
                with suppress(InputError):
                    found.append(open_dataset("folder", file))
    return found


_OF_NO_USE = (InputError, OSError)
"""What is wrong with a data set is told by the commands that need it."""


def _folders_in(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(filter(is_folder, folder.iterdir()))
    return []
