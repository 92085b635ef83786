"""Pictures of a page under their masks, to look through or to see what went wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..imaging import mask_thumbnail, picture_thumbnail
from ..labels import IGNORE_INDEX

Colour = tuple[int, int, int]

_PAGE_PIXELS = 60_000_000  # of all pictures: a page of 10 to 20 MB
_LARGEST = 1920 * 1200  # pixels of one, where there are few


@dataclass(frozen=True)
class Card:
    """One picture."""

    caption: str
    """What stands below it."""
    picture: bytes | None
    """The bytes of a picture's file; None where there is none to show."""
    masks: Mapping[str, bytes] = field(default_factory=dict)
    """What it is → the bytes of the file of a mask, transparent where no class is."""
    group: str = ""
    """The split it is of."""
    classes: tuple[int, ...] = ()
    """Which classes are in it."""
    warnings: tuple[str, ...] = ()
    """What is wrong with it."""


@dataclass(frozen=True)
class Gallery:
    """Many pictures, each under its mask."""

    cards: Sequence[Card]
    left_out: str = ""
    """What is not shown; empty if nothing is."""

    @property
    def groups(self) -> list[str]:
        """Splits, in order."""
        return list(dict.fromkeys(card.group for card in self.cards))


def pixels_a_card(count: int) -> int:
    """How large each of ``count`` pictures may be, so that the page stays one that can be sent."""
    return min(_LARGEST, _PAGE_PIXELS // max(1, count))


@dataclass(frozen=True)
class Compared:
    """A picture, its truth and its prediction."""

    caption: str
    """What stands above them."""
    image: NDArray[np.uint8] | None
    """``(h, w, 3)`` RGB; None where only the masks are known."""
    mask: NDArray[np.uint8]
    """True train ids ``(h, w)``."""
    preds: NDArray[np.uint8]
    """Predicted ones."""

    @property
    def row(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
        """Picture, truth and prediction for a grid; a picture that is not known is white."""
        white = np.full((*self.mask.shape, 3), 255, np.uint8)
        return white if self.image is None else self.image, self.mask, self.preds

    def card(self, palette: Sequence[Colour]) -> Card:
        """Truth, prediction, and where that is wrong in the true class's colour."""
        void = np.uint8(IGNORE_INDEX)
        errors = np.where(self.mask == self.preds, void, self.mask)
        layers = {"truth": self.mask, "prediction": self.preds, "errors": errors}
        colours = np.array(palette, np.uint8)
        return Card(
            self.caption,
            None
            if self.image is None
            else picture_thumbnail(self.image, most_pixels=_LARGEST, quality=80),
            {
                what: mask_thumbnail(ids, colours, most_pixels=_LARGEST)
                for what, ids in layers.items()
            },
        )
