"""A data set of painted scenes on disk, under the names that its reader expects."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..claims import filling, refuse_overwriting
from ..errors import InputError
from ..files import expand_home, write_bytes
from ..imaging import write_image, write_mask
from .scene import imagine, paint


@dataclass(frozen=True)
class FileNames:
    """Where pictures and masks lie below the data set's folder.

    Those of pictures and masks are templates with ``{split}``, ``{sequence}`` and ``{frame}``, both
    numbers from 0, for example ``images/{split}/{sequence}/{frame:06}.jpg``.
    """

    image: str
    mask: str
    marker: str | None = None
    """What tells drawn scenes from filmed ones, if anything is to: how they were drawn."""


def make_dataset(
    out: str | Path,
    *,
    names: FileNames,
    count: int,
    seed: int,
    val_share: float = 0.2,
    test_share: float = 0.1,
    frames: int = 3,
    size: tuple[int, int] = (227, 320),
    progress: Callable[[int, int], None] | None = None,
) -> Mapping[str, int]:
    """Paint scenes into a new folder, with masks for train and val and without for test.

    A sequence is a drive of a few frames and belongs to one split only. Names of frames recur from
    sequence to sequence, as they do in IDD-Lite.

    Args:
        out: Folder that is empty or does not exist.
        names: Of the files in it.
        count: Pictures over all splits.
        seed: The same seed paints the same pictures.
        val_share: Share of the pictures for validation, at least one.
        test_share: Share of the pictures that stay without a mask.
        frames: Pictures of a sequence.
        size: Height and width of the pictures.
        progress: Called with pictures done and to do.

    Returns:
        Pictures of each split.

    Raises:
        InputError: Nothing was written: the folder is not empty or cannot be written, the pictures
            are too few or too small, or the seed is negative.
    """
    out = expand_home(out)
    counts = _split(count, val_share=val_share, test_share=test_share)
    if seed < 0:
        raise InputError(f"the seed {seed} is negative", fix="use a seed from 0 on")
    if min(size) < _SMALLEST:
        raise InputError(
            f"scenes of {size[0]}x{size[1]} (height x width) are too small to paint",
            fix=f"use a size of at least {_SMALLEST}x{_SMALLEST}",
        )
    refuse_overwriting(out)
    done = 0
    with filling(out) as folder:
        for sequence, (split, pictures) in enumerate(_sequences(counts, frames)):
            world = imagine(int(np.random.SeedSequence([seed, sequence]).generate_state(1)[0]))
            for frame in range(pictures):
                image, mask = paint(world, size=size, frame=frame)
                place = {"split": split, "sequence": sequence, "frame": frame}
                write_image(folder / names.image.format(**place), image)
                if split != "test":
                    write_mask(folder / names.mask.format(**place), mask)
                done += 1
                if progress is not None:
                    progress(done, count)
        if names.marker is not None:
            drawn = {"drawn_by": "effunet data make", "count": count, "seed": seed, "size": size}
            write_bytes(folder / names.marker, json.dumps(drawn).encode())
    return counts


_SMALLEST = 32  # pixels


def _split(count: int, *, val_share: float, test_share: float) -> dict[str, int]:
    val = max(1, round(count * val_share))
    test = round(count * test_share)
    train = count - val - test
    if train < 1:
        raise InputError(
            f"{count} scenes are too few for train and val",
            why=f"val takes {val} and test {test}",
            fix="make at least 2, with shares that add up to less than 1",
        )
    return {"train": train, "val": val, "test": test}


def _sequences(counts: Mapping[str, int], frames: int) -> Iterator[tuple[str, int]]:
    """Split and number of pictures of every sequence, numbered through all splits."""
    for split, pictures in counts.items():
        for first in range(0, pictures, frames):
            yield split, min(frames, pictures - first)
