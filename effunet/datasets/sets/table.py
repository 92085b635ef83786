"""The data sets by name."""

import shlex
from collections.abc import Callable
from pathlib import Path

from ...errors import InputError, suggestion
from ..road_dataset import RoadDataset
from .camvid import open_camvid
from .cityscapes import open_cityscapes
from .folder import open_folder
from .idd_lite import open_idd_lite, open_synthetic

DATASETS: dict[str, Callable[[str | Path | None], RoadDataset]] = {
    "idd_lite": open_idd_lite,
    "camvid": open_camvid,
    "cityscapes": open_cityscapes,
    "folder": open_folder,
    "synthetic": open_synthetic,
}


def open_dataset(name: str, root: str | Path | None) -> RoadDataset:
    """The data set ``name`` at ``root``; for ``folder`` the root is the YAML file.

    Raises:
        InputError: The name is unknown, or there is no such data set at the root.
    """
    if name not in DATASETS:
        raise InputError(
            f"there is no data set {name!r}", where="--data.name", fix=suggestion(name, DATASETS)
        )
    if name != "folder" and Path(root or "").suffix in {".yaml", ".yml"}:
        raise InputError(
            f"{root} describes a folder, but the data set is {name}",
            where="--data.name",
            fix=f"--data.name folder --data.root {shlex.quote(str(root))}",
        )
    return DATASETS[name](root)
