"""The command line on data sets: one function a verb. Parse, call, print."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .counter import counter


@dataclass(frozen=True)
class DataSource:
    """Which data."""

    root: str | None = None
    """Folder of the data set, or the YAML file that describes a folder."""
    name: str | None = None
    """Data set: idd_lite, camvid, cityscapes, folder or synthetic; if left out the files tell."""


def data_make(
    *, out: Path, count: int = 200, seed: int = 0, size: tuple[int, int] = (227, 320)
) -> None:
    """Draw road scenes with exact masks, in IDD-Lite's layout.

    Args:
        out: New folder of the data set.
        count: Scenes over all splits.
        seed: The same seed draws the same scenes.
        size: (height, width) of the pictures.
    """
    from .datasets import SCENE_FILES
    from .scenes import make_dataset

    made = make_dataset(
        out, names=SCENE_FILES, count=count, seed=seed, size=size, progress=counter("drawn")
    )
    print(", ".join(f"{pictures} {split}" for split, pictures in made.items()))
    print(f"next     effunet train --data.root {shlex.quote(str(out))}")
    print(f"out      {out.absolute()}")


def data_check(*, data: DataSource) -> None:
    """Look at every picture and label file of train and val and list all faults.

    Args:
        data: Which data set.
    """
    from .datasets import check_train_and_val, open_dataset, split_lines

    dataset = open_dataset(data.name, data.root)
    splits = check_train_and_val(dataset, progress=counter("checked"), listed=None)
    for name, split in zip(("train", "val"), splits, strict=True):
        print("\n".join(split_lines(name, split, dataset.label_space.names)))
    for note in dataset.notes:
        print(f"note     {note}")


DATA_VERBS: dict[str, Callable[..., None]] = {
    "data make": data_make,
    "data check": data_check,
}
