"""The loss of a configuration: terms by name, added up by their weights."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..config import LossConfig
from ..errors import InputError, suggestion
from .pixel import cross_entropy, focal, ohem
from .region import dice, lovasz


class WeightedSum(nn.Module):
    """The loss a configuration describes: its terms, added up by their weights.

    Args:
        config: The ``loss`` section.
        ignore_index: Train id of void pixels.
        class_weights: ``(c,)`` float32, or None for equal weights.
    """

    class_weights: Tensor | None

    def __init__(
        self, config: LossConfig, *, ignore_index: int, class_weights: Tensor | None
    ) -> None:
        super().__init__()
        self.config = config
        self.ignore_index = ignore_index
        self.register_buffer("class_weights", class_weights, persistent=False)

    def forward(self, logits: Tensor, mask: Tensor) -> Tensor:
        """``(n, c, h, w)`` float logits and ``(n, h, w)`` ids of any integer type → scalar."""
        with torch.autocast(logits.device.type, enabled=False):
            logits = logits.float().contiguous()  # a plane a class is what the terms are fast on
            mask = mask.long()  # loaders send bytes
            if bool((mask == self.ignore_index).all()):
                return logits.sum() * 0  # the means of the terms would be 0 / 0
            total = logits.new_zeros(())
            for name, weight in self.config.terms.items():
                if weight > 0:
                    total = total + weight * LOSSES[name](logits, mask, self)
            return total


LOSSES: dict[str, Callable[[Tensor, Tensor, WeightedSum], Tensor]] = {
    "cross_entropy": lambda logits, mask, loss: cross_entropy(
        logits,
        mask,
        ignore_index=loss.ignore_index,
        class_weights=loss.class_weights,
        label_smoothing=loss.config.label_smoothing,
    ),
    "ohem": lambda logits, mask, loss: ohem(
        logits,
        mask,
        ignore_index=loss.ignore_index,
        class_weights=loss.class_weights,
        threshold=loss.config.ohem_threshold,
    ),
    "focal": lambda logits, mask, loss: focal(
        logits,
        mask,
        ignore_index=loss.ignore_index,
        class_weights=loss.class_weights,
        gamma=loss.config.focal_gamma,
    ),
    "dice": lambda logits, mask, _: dice(logits, mask),
    "lovasz": lambda logits, mask, loss: lovasz(logits, mask, ignore_index=loss.ignore_index),
}
"""The terms a loss can be made of, by the name ``loss.terms`` uses."""


def build_loss(
    config: LossConfig, *, ignore_index: int, class_weights: Tensor | None
) -> WeightedSum:
    """The loss that a checked configuration describes.

    Args:
        config: The ``loss`` section.
        ignore_index: Train id of void pixels.
        class_weights: ``(c,)``, or None for equal weights.
    """
    weights = None if class_weights is None else class_weights.float()
    return WeightedSum(config, ignore_index=ignore_index, class_weights=weights)


def check_loss(config: LossConfig, *, num_classes: int) -> None:
    """Look at the terms and at typed class weights.

    Raises:
        InputError: A term is unknown, or weights make no sense.
    """
    for name in config.terms:
        if name not in LOSSES:
            raise InputError(
                f"there is no loss term {name!r}", where="loss.terms", fix=suggestion(name, LOSSES)
            )
    numbers = list(config.terms.values())
    if not all(number >= 0 and math.isfinite(number) for number in numbers) or not any(numbers):
        raise InputError(
            f"the weights of the loss terms are {numbers}",
            where="loss.terms",
            why="they must not be negative, and one must be above 0",
            fix="for example --loss.terms '{cross_entropy: 1.0, dice: 1.0}'",
        )
    weights = config.class_weights
    if isinstance(weights, str):
        return
    if len(weights) != num_classes or not all(0 <= weight < math.inf for weight in weights):
        raise InputError(
            f"{len(weights)} class weights for {num_classes} classes",
            where="loss.class_weights",
            why="there must be one number for each class, none of them negative",
            fix="give one number a class, or auto",
        )
