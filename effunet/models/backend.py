"""What computes logits, seen from those who only want them: pictures in, logits out."""

import math
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..precision import Precision
from ..scaling import STRIDE
from .segmenter import Segmenter, preds_from_logits, scaled_size

# A full-HD frame at the stride: in float32 UNet takes 0.7 GB for it over Lite0, 0.9 GB over B4.
PIXELS_AT_ONCE = 1920 * 1088


class Backend(Protocol):
    """Validation, evaluation and prediction ask one of these, so that their numbers cannot differ.

    Fast layers are in it only if they have been compared with the plain ones.
    """

    @property
    def stride(self) -> int:
        """Multiple that pictures are padded to."""

    @property
    def precision(self) -> Precision:
        """How it computes, and why so."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""

    @property
    def input_scale(self) -> float:
        """Factor on height and width before the network."""

    @property
    def pixels_at_once(self) -> int:
        """Most pixels in one pass, of the pictures or of what the network sees of them.

        A single picture may have more.
        """

    def __call__(self, images: Tensor) -> Tensor:
        """Segment pictures of one size, as many as are given, within :attr:`pixels_at_once`.

        Args:
            images: ``(n, 3, h, w)`` uint8 RGB, on any device.

        Returns:
            float32 logits ``(n, num_classes, h, w)``, on :attr:`device`.
        """


class TorchBackend:
    """A segmenter as a backend."""

    def __init__(self, segmenter: Segmenter, *, pixels_at_once: int = PIXELS_AT_ONCE) -> None:
        """Wrap ``segmenter``, usually a fast copy.

        Args:
            segmenter: In eval mode, on the device and in the precision to use.
            pixels_at_once: As :attr:`Backend.pixels_at_once`.
        """
        self.segmenter = segmenter
        self.pixels_at_once = pixels_at_once

    @property
    def stride(self) -> int:
        """Of every segmenter."""
        return STRIDE

    @property
    def precision(self) -> Precision:
        """Of the segmenter."""
        return self.segmenter.precision

    @property
    def device(self) -> torch.device:
        """Of the segmenter."""
        return self.segmenter.mean.device

    @property
    def input_scale(self) -> float:
        """Of the segmenter, also if it changes."""
        return self.segmenter.input_scale

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Tensor:
        """As :meth:`Backend.__call__`."""
        _, _, height, width = images.shape
        chunks = images.split(pictures_at_once(self, (height, width)))
        logits: list[Tensor] = [self.segmenter(chunk.to(self.device)) for chunk in chunks]
        return logits[0] if len(logits) == 1 else torch.cat(logits)


def pictures_at_once(backend: Backend, size: tuple[int, int]) -> int:
    """How many pictures of (height, width) keep within the backend's bound; at least one."""
    seen = [side + -side % backend.stride for side in scaled_size(size, backend.input_scale)]
    pixels = max(math.prod(size), math.prod(seen))  # logits have the picture's own size
    return max(1, backend.pixels_at_once // pixels)


def mask_of(backend: Backend, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Train ids ``(h, w)`` that ``backend`` predicts for one picture ``(h, w, 3)`` RGB."""
    (preds,) = preds_from_logits(backend(torch.from_numpy(image).permute(2, 0, 1).unsqueeze(0)))
    ids: NDArray[np.uint8] = preds.to(torch.uint8).cpu().numpy()
    return ids
