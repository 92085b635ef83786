"""The data sets by name."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ...errors import InputError, suggestion
from ...files import expand_home
from ...yaml_file import YAML_SUFFIXES
from ..pairs import is_folder
from ..road_dataset import RoadDataset
from .camvid import open_camvid
from .cityscapes import open_cityscapes
from .folder import open_folder
from .idd_lite import open_idd_lite, open_synthetic
from .recognise import description_in, recognise

DATASETS: dict[str, Callable[[str | Path | None], RoadDataset]] = {
    "idd_lite": open_idd_lite,
    "camvid": open_camvid,
    "cityscapes": open_cityscapes,
    "folder": open_folder,
    "synthetic": open_synthetic,
}


def open_dataset(
    name: str | None, root: str | Path | None, *, expected: str | None = None
) -> RoadDataset:
    """The data set ``name`` at ``root``, or the one that its files tell.

    Args:
        name: In :data:`DATASETS`, or None for what is recognised.
        root: Its folder; for ``folder`` the YAML file that describes it, or where that lies.
        expected: What to take where the files could be of several.

    Raises:
        InputError: The name is unknown, or there is no such data set at the root.
    """
    root = None if root == "" else root  # of a variable of the shell that is not set
    if name is None:
        found = recognise(root, expected=expected)
        dataset = open_dataset(found.name, root)
        return replace(dataset, notes=(*([found.note] if found.guessed else []), *dataset.notes))
    if name not in DATASETS:
        raise InputError(
            f"there is no data set {name!r}", where="--data.name", fix=suggestion(name, DATASETS)
        )
    if name != "folder" and Path(root or "").suffix in YAML_SUFFIXES:
        raise InputError(
            f"{root} describes a folder, but the data set is {name}",
            where="--data.name",
            fix=f"--data.name folder --data.root {shlex.quote(str(root))}",
        )
    if name == "folder" and root is not None and is_folder(expand_home(root)):
        root = description_in(expand_home(root))
    return DATASETS[name](root)
