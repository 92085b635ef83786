"""Augmentation of training pictures: random scale, crop, flip and colour.

The only file that imports Albumentations.
"""

import os

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # else its import asks the registry

import albumentations as A  # type: ignore[import-untyped]
import cv2
import numpy as np
from numpy.typing import NDArray

from .labels import IGNORE_INDEX

_SCALE_STEPS = 31
_GREY = 127  # close to every encoder's mean, so that padding is close to zero for the network


class TrainTransform:
    """Turns a picture and its mask into a training crop, the same one for the same seed.

    A window of ``crop_size / scale`` is cut first and then resized, so that the cost depends on
    the crop and not on the picture. Where the window is larger than the picture the image is
    padded with grey and the mask with void.

    Args:
        crop_size: ``(height, width)`` of the result.
        input_scale: Enlarges every picture, as the segmenter does when it predicts.
        scale_range: Random scale on top, uniform in 31 steps.
        flip: Probability of a horizontal flip.
        color_jitter: Strength, 0…1, of brightness, contrast and saturation; hue moves a sixth.
    """

    def __init__(
        self,
        crop_size: tuple[int, int],
        *,
        input_scale: float = 1.0,
        scale_range: tuple[float, float] = (0.5, 2.0),
        flip: float = 0.5,
        color_jitter: float = 0.3,
    ) -> None:
        height, width = crop_size
        finish: list[A.BasicTransform] = [
            # pixel centres, as the image's bilinear: plain NEAREST would shift the mask
            A.Resize(height, width, mask_interpolation=cv2.INTER_NEAREST_EXACT)
        ]
        if flip > 0:
            finish.append(A.HorizontalFlip(p=flip))
        if color_jitter > 0:
            around = (1 - color_jitter, 1 + color_jitter)
            turn = color_jitter / 6
            finish.append(A.ColorJitter(around, around, around, (-turn, turn), p=1))
        scales = np.unique(np.linspace(*scale_range, _SCALE_STEPS)) * input_scale
        self._pipelines = [
            A.Compose([_window(round(height / scale), round(width / scale)), *finish])
            for scale in scales
        ]

    def __call__(
        self, image: NDArray[np.uint8], mask: NDArray[np.uint8], *, seed: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The crop ``(*crop_size, 3)`` of ``image`` and ``(*crop_size)`` of ``mask``."""
        rng = np.random.default_rng(seed)
        pipeline = self._pipelines[rng.integers(len(self._pipelines))]
        for transform in pipeline.transforms:
            # one seed each: Compose.set_random_seed gives all the same, which ties the
            # position of the crop to its brightness
            transform.set_random_seed(int(rng.integers(2**32)))
        result = pipeline(image=image, mask=mask)
        return result["image"], result["mask"]


def _window(height: int, width: int) -> A.RandomCrop:
    return A.RandomCrop(
        max(height, 1),
        max(width, 1),
        pad_if_needed=True,
        pad_position="random",
        fill=_GREY,
        fill_mask=IGNORE_INDEX,
    )
