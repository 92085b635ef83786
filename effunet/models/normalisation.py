"""Mean and standard deviation that each encoder's published weights were trained with.

A table of our own: smp asks a server for its, even for random weights.
"""

from typing import NamedTuple

import timm

from ..scaling import Scaling


class Normalisation(NamedTuple):
    """Of each RGB channel, for pictures in 0…1."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


IMAGENET = Normalisation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
INCEPTION = Normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
LITE = Normalisation((127 / 255,) * 3, (128 / 255,) * 3)
DUAL_PATH = Normalisation((124 / 255, 117 / 255, 104 / 255), (1 / (0.0167 * 255),) * 3)

# Encoders of smp that were not trained with ImageNet's statistics, by the opening of their names.
_SMP_EXCEPTIONS = {
    "dpn": DUAL_PATH,
    "inceptionresnetv2": INCEPTION,
    "inceptionv4": INCEPTION,
    "xception": INCEPTION,
    "timm-tf_efficientnet_lite": INCEPTION,
}


def normalisation_for_scaling(scaling: Scaling) -> Normalisation:
    """Of the ImageNet weights that a variant uses."""
    return LITE if scaling.lite else IMAGENET


def normalisation_for_encoder(name: str) -> Normalisation:
    """Of the ImageNet weights of an smp encoder, or with ``tu-`` of a timm model.

    A timm model without published weights gets ImageNet's.
    """
    if not name.startswith("tu-"):
        fitting = (of for start, of in _SMP_EXCEPTIONS.items() if name.startswith(start))
        return next(fitting, IMAGENET)
    published = timm.get_pretrained_cfg(name.removeprefix("tu-"))
    if published is None:
        return IMAGENET
    red, green, blue = published.mean
    red_std, green_std, blue_std = published.std
    return Normalisation((red, green, blue), (red_std, green_std, blue_std))
