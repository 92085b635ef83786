"""The pictures that were scored worst, to look at."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..imaging import Picture, encode_image, unpack_mask
from ..labels import LabelSpace
from ..render import render_val_grid
from ..report import Compared

MOST = 12  # pictures that are kept


@dataclass(frozen=True)
class Mistaken:
    """A picture with many wrong pixels."""

    key: str
    """Its name in the split, as in the prediction's folder."""
    share: float
    """Of its valid pixels that were predicted wrong, in 0…1."""
    label_space: LabelSpace = field(repr=False)
    packed: bytes = field(repr=False)
    """Its prediction, by :func:`pack_mask`: no network has to be kept for it."""
    read: Callable[[], tuple[NDArray[np.uint8] | None, NDArray[np.uint8]]] = field(
        repr=False, compare=False
    )
    """Reads the picture, None where only masks are known, and its truth."""

    @property
    def compared(self) -> Compared:
        """The picture, its truth and its prediction; of ready-made masks without the picture.

        Raises:
            InputError: A file is no longer there.
        """
        caption = f"{self.key}: {self.share:.1%} of its pixels wrong"
        return Compared(caption, *self.read(), unpack_mask(self.packed))

    def plot(self) -> Picture:
        """Picture, truth, prediction and errors side by side above the legend.

        The picture of ready-made masks is white.

        Raises:
            InputError: A file is no longer there.
        """
        space = self.label_space
        grid = render_val_grid([self.compared.row], space.names, space.palette_array())
        return Picture(encode_image(grid, ".png"))

    def show(self) -> None:
        """Show :meth:`plot` below a notebook's cell, and elsewhere in the system's own viewer."""
        self.plot().show()

    def _repr_png_(self) -> bytes:
        return self.plot().png
