"""The command line on exports of annotation tools: parse, call, print."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .counter import counter

if TYPE_CHECKING:
    from .datasets import Conversion


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
    data = f"--data.root {shlex.quote(str(made.description))}"
    missing = next((split for split in ("train", "val") if split not in made.pictures), None)
    if missing is None:
        yield "next", f"effunet data check {data}"
        yield "then", f"effunet train {data}"
    else:
        yield "next", f"effunet data preview {data}"
        yield "note", f"there is no {missing} split, and training needs one"
        split = shlex.quote(f"{made.description.parent}-split")
        yield "then", f"effunet data split --out {split} {data}"
