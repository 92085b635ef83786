"""The command line on data sets: one function a verb. Parse, call, print."""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .counter import counter

if TYPE_CHECKING:
    from .datasets import Conversion


@dataclass(frozen=True)
class DataSource:
    """Which data."""

    root: str | None = None
    """Folder of the data set; for ``folder`` the YAML file that describes it."""
    name: str | None = None
    """Data set: idd_lite, camvid, cityscapes, folder or synthetic; if left out the checkpoint's
    own, and idd_lite where there is none."""


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

    print(f"out      {out.absolute()}")
    made = make_dataset(
        out, names=SCENE_FILES, count=count, seed=seed, size=size, progress=counter("drawn")
    )
    print(", ".join(f"{pictures} {split}" for split, pictures in made.items()))
    print(f"next     effunet train --data.name synthetic --data.root {shlex.quote(str(out))}")
    print(f"out      {out.absolute()}")


def data_check(*, data: DataSource) -> None:
    """Look at every picture and label file of train and val and list all faults.

    Args:
        data: Which data set.
    """
    from .datasets import check_train_and_val, open_dataset, split_lines

    dataset = open_dataset(data.name or "idd_lite", data.root)
    splits = check_train_and_val(dataset, progress=counter("checked"), listed=None)
    for name, split in zip(("train", "val"), splits, strict=True):
        print("\n".join(split_lines(name, split, dataset.label_space.names)))
    for note in dataset.notes:
        print(f"note     {note}")


def data_convert(
    *, from_: str, source: Path, out: Path, unlabelled: Literal["background", "void"] = "background"
) -> None:
    """Turn what an annotation tool exported into a folder of pictures and masks.

    Args:
        from_: Format of the export: coco, voc, yolo, labelme, roboflow, hugging_face or
            label_studio.
        source: Folder of the export, or its one JSON file; it stays as it is.
        out: New folder of the data set; the pictures are copied into it.
        unlabelled: What pixels are that no annotation covers, and the export's own background:
            a class that is learnt and scored, or void.
    """
    from .datasets import convert

    made = convert(source, out, layout=from_, unlabelled=unlabelled, progress=counter("converted"))
    print(f"out      {out.absolute()}")
    for name, value in _lines_of(made):
        print(f"{name:8} {value}")
    print(f"out      {out.absolute()}")


def _lines_of(made: "Conversion") -> Iterator[tuple[str, str]]:
    total = sum(made.pixels.values())
    shares = [f"{name} {count / total:.1%}" for name, count in made.pixels.items()]
    yield "pictures", ", ".join(f"{count} {split}" for split, count in made.pictures.items())
    yield "pixels", ", ".join(shares)
    yield "overlap", made.overlap
    unlabelled = f"the class {made.background}" if made.background else "void"
    yield "note", f"pixels that nothing covers are {unlabelled}"
    for name in made.void:
        yield "note", f"{name} is void: neither learnt nor scored"
    for note in made.notes:
        yield "note", note
    data = f"--data.name folder --data.root {shlex.quote(str(made.description))}"
    yield "next", f"effunet data check {data}"
    if "val" in made.pictures:
        yield "then", f"effunet train {data}"
    else:
        yield "note", "there is no val split, and training needs one"
        split = shlex.quote(f"{made.description.parent}-split")
        yield "then", f"effunet data split --out {split} {data}"


DATA_VERBS: dict[str, Callable[..., None]] = {
    "data make": data_make,
    "data check": data_check,
    "data convert": data_convert,
}
