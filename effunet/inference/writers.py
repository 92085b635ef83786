"""Where results go: masks in the tree of the input, the rest beside them on request."""

import csv
import shlex
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files import unwritable_folder
from ..imaging import write_array, write_image
from ..render import overlay_with_legend
from .prediction import Prediction
from .sources import Source

OVERLAYS, PROBABILITIES, SHARES = "overlays", "probabilities", "shares.csv"


@dataclass(frozen=True)
class Destination:
    """A folder of results in the tree of the input.

    The mask of ``drive/7.jpg`` is ``drive/7.png``, its overlay ``overlays/drive/7.jpg`` and its
    probabilities ``probabilities/drive/7.npz`` (float16, ``(num_classes, h, w)``, compressed).
    """

    folder: Path
    overlays: bool = False
    probabilities: bool = False

    def write(self, prediction: Prediction, key: PurePosixPath) -> None:
        """Write what was asked for.

        Raises:
            InputError: A file cannot be written.
        """
        prediction.save(self._path(self.folder, key, ".png"))
        if self.overlays:
            space = prediction.label_space
            overlay = overlay_with_legend(
                prediction.overlay(),
                space.names,
                space.palette_array(),
                shares=prediction.shares(),
            )
            write_image(self._path(self.folder / OVERLAYS, key, ".jpg"), overlay)
        if self.probabilities:
            path = self._path(self.folder / PROBABILITIES, key, ".npz")
            write_array(path, prediction.probabilities)

    @staticmethod
    def _path(folder: Path, key: PurePosixPath, suffix: str) -> Path:
        return folder / key.parent / (key.name + suffix)  # with_suffix would cut a name at its dot


_AddRow: TypeAlias = Callable[[Path, NDArray[np.int64]], None]


@contextmanager
def shares_table(out: Path, root: Path, classes: Sequence[str]) -> Iterator[_AddRow]:
    """A CSV in ``out`` of the share of each class in each picture.

    Yields:
        What adds a row: called with a picture's file below ``root`` and its pixels a class.

    Raises:
        InputError: It cannot be written.
    """
    try:
        stream = (out / SHARES).open(
            "w",
            newline="",
            encoding="utf-8",
            errors="backslashreplace",  # names of files need not be text
            buffering=1,
        )
    except OSError as error:
        raise unwritable_folder(out, error.strerror or str(error)) from error
    with stream:
        table = csv.writer(stream)
        table.writerow(["picture", *classes])

        def add_row(picture: Path, class_pixels: NDArray[np.int64]) -> None:
            shares = class_pixels / class_pixels.sum()
            table.writerow([picture.relative_to(root).as_posix(), *np.round(shares, 6).tolist()])

        yield add_row


def check_destination(out: Path, source: Source) -> None:
    """Refuse a folder where results would lie among the pictures they were made from.

    There they could overwrite a picture, and the next run would take them for pictures.

    Raises:
        InputError: ``out`` is such a folder.
    """
    folder, root = out.resolve(), source.root.resolve()
    taken = {picture.path.parent.resolve() for picture in source.pictures}
    places = {picture.key.parent for picture in source.pictures}
    results = {(top / place).resolve() for top in (folder, folder / OVERLAYS) for place in places}
    searched = source.left_out.isdisjoint([folder, *folder.parents])
    if (source.recursive and searched and folder.is_relative_to(root)) or results & taken:
        raise InputError(
            "results would be written among the source's own pictures",
            where=folder,
            why=f"the pictures come from {root}",
            fix=f"name another folder, for example --out {shlex.quote(f'{root}_masks')}",
        )


def open_destination(out: Path) -> None:
    """Make ``out`` and prove that a file can be written there.

    Raises:
        InputError: It cannot.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise unwritable_folder(out, error.strerror or str(error)) from error
