"""The data sets by name."""

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from ..errors import InputError
from .camvid import open_camvid
from .cityscapes import open_cityscapes
from .folder import open_folder
from .idd_lite import open_idd_lite, open_synthetic
from .road_dataset import RoadDataset

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
        nearest = get_close_matches(name, DATASETS, n=1)
        raise InputError(
            f"unknown data set {name!r}",
            fix=f"--data.name {nearest[0] if nearest else '|'.join(DATASETS)}",
        )
    if name != "folder" and Path(root or "").suffix in {".yaml", ".yml"}:
        raise InputError(
            f"{root} describes a folder, but the data set is {name}",
            fix=f"--data.name folder --data.root {root}",
        )
    return DATASETS[name](root)
