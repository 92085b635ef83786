"""The command line on data sets: one function a verb. Parse, call, print."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .config import check_range
from .convert_cli import data_convert
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


def data_check(*, data: DataSource, every_file: bool = False) -> None:
    """Look at every picture and label file of train and val and list all faults.

    Args:
        data: Which data set.
        every_file: Name every file of each fault instead of three.
    """
    from .datasets import FILES_NAMED, check_train_and_val, open_dataset, split_lines

    dataset = open_dataset(data.name, data.root)
    listed = None if every_file else FILES_NAMED
    splits = check_train_and_val(dataset, progress=counter("checked"), listed=listed)
    for name, split in zip(("train", "val"), splits, strict=True):
        print("\n".join(split_lines(name, split, dataset.label_space.names)))
    for note in dataset.notes:
        print(f"note     {note}")


def data_preview(
    *,
    data: DataSource = DataSource(),
    out: Path | None = None,
    split: str | None = None,
    count: int = 2000,
    seed: int = 0,
) -> None:
    """Write a page of masks over pictures, with classes, faults and warnings.

    Args:
        data: Which data set.
        out: Folder for preview.html, which is replaced there. A new runs/preview/NAME if left out.
        split: train, val or test; all with labels if left out.
        count: Most pictures on the page: those with faults, then as many of every drive.
        seed: Of that choice.
    """
    from .datasets import open_dataset
    from .preview import write_preview
    from .run_folder import results_folder

    check_range("seed", seed)
    dataset = open_dataset(data.name, data.root)
    chosen = f"--data.name {dataset.name} --data.root {shlex.quote(str(data.root))}"
    with results_folder(out, "preview", dataset.root) as folder:
        made = write_preview(
            dataset,
            folder / "preview.html",
            split=split,
            count=count,
            seed=seed,
            commands=[f"effunet data stats {chosen}", f"effunet data check {chosen}"],
            checking=counter("checked"),
            progress=counter("drawn"),
        )
    megabytes = max(0.1, made.page.stat().st_size / 1e6)
    print(f"shown    {made.shown} of {made.pictures} pictures, {megabytes:.1f} MB")
    faults = f"{made.faults} fault{'s' * (made.faults != 1)}"
    notes = f"{made.notes} note{'s' * (made.notes != 1)}"
    print(f"found    {faults} and {notes}, which the page lists")
    print(f"page     {made.page}")


def data_stats(*, data: DataSource = DataSource()) -> None:
    """Count classes and sizes, and suggest class weights and a training crop.

    Args:
        data: Which data set; its splits with labels are looked at.
    """
    from .datasets import measure, open_dataset, statistics_lines
    from .precision import choose_device

    dataset = open_dataset(data.name, data.root)
    device = choose_device("auto").type
    statistics = measure(
        dataset,
        most_pixels=_CROP_ON_CPU if device == "cpu" else _CROP_ON_GPU,
        progress=counter("checked"),
    )
    print("\n".join(statistics_lines(statistics)))
    print(f"the crop is for this machine's {device}")


# of the largest crops in configs/ for each
_CROP_ON_CPU = 352 * 480
_CROP_ON_GPU = 512 * 1024


def data_split(
    *,
    out: Path,
    data: DataSource = DataSource(),
    val: float = 0.1,
    test: float = 0.0,
    drives: Literal["auto", "folder", "prefix", "picture"] = "auto",
    seed: int = 0,
) -> None:
    """Divide pictures into train and val by whole drives, alike in their classes.

    Args:
        out: New folder for lists, links to the pictures and masks, and the YAML that describes
            them; the files of the data set stay as they are.
        data: Which data set; its train and val are divided anew.
        val: Part of the pictures for val.
        test: Part of the pictures for test; 0 for none.
        drives: What tells the drive of a picture: auto (as the data set does, else the name up to
            the frame number), folder, prefix (that name) or picture (each for itself).
        seed: The same seed gives the same splits.
    """
    from .datasets import check_out, open_dataset, plan_lines, plan_split, write_splits

    check_range("seed", seed)
    dataset = open_dataset(data.name, data.root)
    check_out(dataset, out)
    plan = plan_split(
        dataset, val=val, test=test, seed=seed, drives=drives, progress=counter("checked")
    )
    described = write_splits(plan, out)
    print("\n".join(plan_lines(plan)))
    root = shlex.quote(str(described))
    print(f"next     effunet train --data.root {root}")
    print(f"out      {out.absolute()}")


DATA_VERBS: dict[str, Callable[..., None]] = {
    "data make": data_make,
    "data check": data_check,
    "data convert": data_convert,
    "data preview": data_preview,
    "data stats": data_stats,
    "data split": data_split,
}
