"""What a network says about one picture."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MissingExtraError
from ..imaging import Picture, encode_image, write_mask
from ..labels import LabelSpace
from ..render import overlay_with_legend, render_overlay

if TYPE_CHECKING:
    from supervision import Detections


class Prediction:
    """The mask of one picture and what can be derived from it.

    Attributes:
        image: The picture, ``(h, w, 3)`` uint8 RGB.
        mask: Train ids, ``(h, w)`` uint8.
        label_space: Names and colours of the ids.
        path: Where the picture came from; None for an array.
        network_seconds: What the network took for it.
    """

    def __init__(
        self,
        image: NDArray[np.uint8],
        mask: NDArray[np.uint8],
        *,
        label_space: LabelSpace,
        compute_probabilities: Callable[[], NDArray[np.float32]],
        path: Path | None,
        network_seconds: float,
    ) -> None:
        self.image = image
        self.mask = mask
        self.label_space = label_space
        self.path = path
        self.network_seconds = network_seconds
        self._compute_probabilities = compute_probabilities

    def __repr__(self) -> str:
        height, width = self.mask.shape
        name, share = max(self.shares().items(), key=lambda item: item[1])
        source = f"{self.path}, " if self.path else ""
        return f"Prediction({source}{width}x{height}, {share:.0%} {name})"

    @cached_property
    def probabilities(self) -> NDArray[np.float32]:
        """Of each class, ``(num_classes, h, w)`` in 0…1 with sum 1.

        They take ``num_classes`` times 4 bytes a pixel, so unless the predictor was asked for them
        they are computed when first read, by running the network again on this picture.
        """
        return self._compute_probabilities()

    def class_pixels(self) -> NDArray[np.int64]:
        """How many pixels each class has, ``(num_classes,)``."""
        return np.bincount(self.mask.ravel(), minlength=self.label_space.num_classes)

    def shares(self) -> dict[str, float]:
        """Fraction of the picture that each class covers."""
        fractions = self.class_pixels() / self.mask.size
        return dict(zip(self.label_space.names, fractions.tolist(), strict=True))

    def overlay(self, *, alpha: float = 0.5) -> NDArray[np.uint8]:
        """The picture under its mask's colours, ``(h, w, 3)`` uint8 RGB.

        Args:
            alpha: Weight of the colours, 0…1.
        """
        return render_overlay(self.image, self.mask, self.label_space.palette_array(), alpha=alpha)

    def plot(self, *, alpha: float = 0.5) -> Picture:
        """The overlay above a legend with the share of each class, as a picture to show or save.

        Args:
            alpha: Weight of the colours, 0…1.
        """
        space = self.label_space
        drawn = overlay_with_legend(
            self.overlay(alpha=alpha), space.names, space.palette_array(), shares=self.shares()
        )
        return Picture(encode_image(drawn, ".png"))

    def show(self) -> None:
        """Show :meth:`plot` below a notebook's cell, and elsewhere in the system's own viewer."""
        self.plot().show()

    def _repr_png_(self) -> bytes:
        return self.plot().png

    def to_supervision(self) -> "Detections":
        """One detection a class that occurs, for the annotators of Roboflow's ``supervision``.

        ``mask`` is ``(n, h, w)`` bool, ``class_id`` the train ids, ``data["class_name"]`` their
        names, ``xyxy`` the box around all pixels of the class.

        Raises:
            MissingExtraError: ``supervision`` is not installed.
        """
        try:
            import supervision
        except ImportError as error:
            raise MissingExtraError(
                "supervision", extra="supervision", purpose="to_supervision()"
            ) from error
        found = np.flatnonzero(self.class_pixels())
        masks = self.mask == found[:, None, None]
        return supervision.Detections(
            xyxy=supervision.mask_to_xyxy(masks),
            mask=masks,
            class_id=found,
            data={"class_name": np.array([self.label_space.names[index] for index in found])},
        )

    def save(self, path: str | Path) -> None:
        """Write the mask as a palette PNG: train ids for programs, colours for eyes.

        Raises:
            InputError: ``path`` does not end in .png, or cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() != ".png":
            raise InputError(
                f"a mask cannot be saved as {path.suffix or 'a file without an ending'}",
                where=path,
                why="it holds ids, which only PNG keeps together with their colours",
                fix=f"save it as {path.with_suffix('.png').name}",
            )
        write_mask(path, self.mask, self.label_space.palette_array())
