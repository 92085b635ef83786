"""What training minimises: pixel and region losses on logits, and weighted sums of them.

Void pixels give no gradient, a batch of nothing but void gives zero, and everything is computed
in float32 whatever the network's precision. The terms take ``(n, c, h, w)`` float32 logits and
``(n, h, w)`` train ids of which one at least is not void; :class:`WeightedSum` sees to both.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from .config import LossConfig
from .errors import InputError, suggestion

_OHEM_MIN_SHARE = 1 / 16  # hardest share of the valid pixels that is kept however easy they are
_LOVASZ_BINS = 4096


def cross_entropy(
    logits: Tensor,
    mask: Tensor,
    *,
    ignore_index: int,
    class_weights: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Mean of -log p(true class), weighted by class and smoothed over the classes."""
    total = F.cross_entropy(
        logits,
        mask,
        weight=class_weights,
        ignore_index=ignore_index,
        label_smoothing=label_smoothing,
        reduction="sum",
    )
    return total / _pixel_weights(mask, class_weights, ignore_index).sum().clamp_min(1e-12)


def ohem(
    logits: Tensor,
    mask: Tensor,
    *,
    ignore_index: int,
    class_weights: Tensor | None = None,
    threshold: float = 0.7,
) -> Tensor:
    """Cross-entropy of the hard pixels only.

    Hard are those whose true class has a probability below ``threshold``, and in any case the
    hardest sixteenth of the valid ones (online hard example mining, Shrivastava et al. 2016, as
    segmentation uses it).
    """
    nll = F.cross_entropy(logits, mask, ignore_index=ignore_index, reduction="none")
    valid = mask != ignore_index
    hardness = nll.detach()
    hard = valid & (hardness > -math.log(threshold))
    at_least = math.ceil(int(valid.sum()) * _OHEM_MIN_SHARE)
    if int(hard.sum()) < at_least:
        kept = hardness[valid].topk(at_least, sorted=False).values.min()
        hard = valid & (hardness >= kept)
    weights = _pixel_weights(mask, class_weights, ignore_index) * hard
    return (nll * weights).sum() / weights.sum().clamp_min(1e-12)


def focal(
    logits: Tensor,
    mask: Tensor,
    *,
    ignore_index: int,
    class_weights: Tensor | None = None,
    gamma: float = 2.0,
) -> Tensor:
    """Cross-entropy times (1 - p)^gamma, which turns away from easy pixels (Lin et al. 2017)."""
    nll = F.cross_entropy(logits, mask, ignore_index=ignore_index, reduction="none")
    # at p = 1 the derivative of (1 - p)^gamma is infinite for gamma < 1, and times 0 it is NaN
    miss = torch.expm1(-nll).neg().clamp_min(1e-8)
    weights = _pixel_weights(mask, class_weights, ignore_index)
    return (miss**gamma * nll * weights).sum() / weights.sum().clamp_min(1e-12)


def dice(logits: Tensor, mask: Tensor) -> Tensor:
    """One minus the soft Dice coefficient, averaged over the classes the batch's truth holds.

    Overlap is counted over the whole batch, so that a class of few pixels weighs like a large one
    (Milletari et al. 2016).
    """
    target = _one_hot(mask, logits.shape[1]).to(logits.dtype)
    probs = logits.softmax(dim=1)
    # confusion[pred, target] of probabilities: one matrix product instead of three passes
    confusion = (probs.flatten(2) @ target.flatten(2).mT).sum(dim=0)
    truth = target.sum(dim=(0, 2, 3))
    present = truth > 0
    overlap, size = confusion.diagonal(), confusion.sum(dim=1) + truth
    return 1 - (2 * overlap[present] / size[present]).mean()


def lovasz(logits: Tensor, mask: Tensor, *, ignore_index: int) -> Tensor:
    """Lovász-softmax (Berman et al. 2018) over the classes the batch's truth holds.

    The surrogate of 1 - IoU needs each class's errors in descending order. They are ordered by
    counting into 4096 bins instead of sorting: within a bin foreground comes first, which moves
    the loss by less than a bin's width and takes a fifth of the time.
    """
    target = _one_hot(mask, logits.shape[1])
    errors = (logits.softmax(dim=1) - target.to(logits.dtype)).abs()
    with torch.no_grad():
        slopes = _lovasz_slopes(errors, target, (mask != ignore_index).unsqueeze(1))
    return (errors * slopes).sum()


def _lovasz_slopes(errors: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """What the loss gains per unit of each error, ``(n, c, h, w)``; zero at void pixels."""
    _, c, _, _ = errors.shape
    # slot of (class, foreground or not, bin); one more slot takes the void pixels
    rank = (_LOVASZ_BINS - 1) - (errors * _LOVASZ_BINS).int().clamp_max_(_LOVASZ_BINS - 1)
    classes = torch.arange(c, device=errors.device, dtype=torch.int32).view(1, c, 1, 1)
    slot = rank.add_((2 * classes + target.int()) * _LOVASZ_BINS)
    slot = torch.where(valid, slot, 2 * c * _LOVASZ_BINS).flatten()
    counts = torch.bincount(slot, minlength=2 * c * _LOVASZ_BINS + 1)
    background, foreground = counts[:-1].view(c, 2, _LOVASZ_BINS).unbind(dim=1)
    table = _jaccard_slopes(foreground, background).flatten().to(errors.dtype)
    return torch.cat([table, table.new_zeros(1)]).index_select(0, slot).view_as(errors)


def _jaccard_slopes(foreground: Tensor, background: Tensor) -> Tensor:
    """What one more wrong pixel adds to the mean Jaccard loss of the classes present.

    Args:
        foreground: ``(c, bins)`` counts of the class's own pixels, largest error first.
        background: The same for the other valid pixels.

    Returns:
        ``(c, 2, bins)``: of a background and of a foreground pixel in each bin.
    """
    exact = torch.float32 if foreground.device.type == "mps" else torch.float64  # mps has no more
    total = foreground.sum(dim=1, keepdim=True).to(exact)
    missed = foreground.cumsum(dim=1).to(exact)
    added = background.cumsum(dim=1).to(exact)

    def jaccard_loss(missed: Tensor, added: Tensor) -> Tensor:
        return 1 - (total - missed) / (total + added).clamp_min(1)

    before = jaccard_loss(missed - foreground, added - background)
    between = jaccard_loss(missed, added - background)
    after = jaccard_loss(missed, added)
    slopes = torch.stack(
        [
            (after - between) / background.clamp_min(1),
            (between - before) / foreground.clamp_min(1),
        ],
        dim=1,
    )
    present = (total > 0).to(exact)
    return slopes * (present / present.sum()).unsqueeze(1)


def _one_hot(mask: Tensor, num_classes: int) -> Tensor:
    """``(n, h, w)`` ids → ``(n, num_classes, h, w)`` bool; void is nowhere."""
    classes = torch.arange(num_classes, device=mask.device)
    return mask.unsqueeze(1) == classes.view(1, num_classes, 1, 1)


def _pixel_weights(mask: Tensor, class_weights: Tensor | None, ignore_index: int) -> Tensor:
    """``(n, h, w)`` float32 weight of each pixel: its class's, and 0 for void."""
    valid = mask != ignore_index
    if class_weights is None:
        return valid.float()
    return class_weights[mask.masked_fill(~valid, 0)] * valid


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
        """``(n, c, h, w)`` logits of any float type and ``(n, h, w)`` train ids → scalar."""
        with torch.autocast(logits.device.type, enabled=False):
            logits = logits.float().contiguous()  # a plane a class is what the terms are fast on
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


def median_frequency(
    class_pixels: Tensor | NDArray[np.int64],
    class_images: Tensor | NDArray[np.int64] | None = None,
) -> Tensor:
    """Class weights that level out how often classes are seen (Eigen and Fergus 2015).

    A class's frequency is its share of the pixels of the pictures that hold it, taken as equally
    large; its weight is the median frequency over its own.

    Args:
        class_pixels: ``(k,)`` pixels of each class.
        class_images: ``(k,)`` pictures that hold the class; all the same if left out.

    Returns:
        ``(k,)`` float32 weights; 0 for a class that does not occur.
    """
    frequency = torch.as_tensor(class_pixels).double()
    if class_images is not None:
        frequency = frequency / torch.as_tensor(class_images).clamp_min(1)
    present = frequency > 0
    weights = torch.zeros_like(frequency)
    if bool(present.any()):
        # quantile, as torch.median takes the lower of the two middle values
        weights[present] = frequency[present].quantile(0.5) / frequency[present]
    return weights.float()
