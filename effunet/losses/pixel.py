"""Losses that are means over pixels.

They take ``(n, c, h, w)`` float32 or float64 logits and ``(n, h, w)`` train ids. Where several
processes share a step, the mean is over the pixels of all their batches: each divides its own sum
by the mean weight of a process, and averaging gradients over the processes does the rest.
"""

import math

import torch
from torch import Tensor, distributed
from torch.nn import functional as F

_OHEM_MIN_SHARE = 1 / 16  # hardest share of the valid pixels that is kept however easy they are


def cross_entropy(
    logits: Tensor,
    mask: Tensor,
    *,
    ignore_index: int,
    class_weights: Tensor | None = None,
    processes: int = 1,
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
    return total / _weight(_pixel_weights(mask, class_weights, ignore_index), processes)


def ohem(
    logits: Tensor,
    mask: Tensor,
    *,
    ignore_index: int,
    class_weights: Tensor | None = None,
    processes: int = 1,
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
    return (nll * weights).sum() / _weight(weights, processes)


def focal(
    logits: Tensor,
    mask: Tensor,
    *,
    ignore_index: int,
    class_weights: Tensor | None = None,
    processes: int = 1,
    gamma: float = 2.0,
) -> Tensor:
    """Cross-entropy times (1 - p)^gamma, which turns away from easy pixels (Lin et al. 2017)."""
    nll = F.cross_entropy(logits, mask, ignore_index=ignore_index, reduction="none")
    # at p = 1 the derivative of (1 - p)^gamma is infinite for gamma < 1, and times 0 it is NaN
    miss = torch.expm1(-nll).neg().clamp_min(1e-8)
    weights = _pixel_weights(mask, class_weights, ignore_index)
    return (miss**gamma * nll * weights).sum() / _weight(weights, processes)


def _weight(pixel_weights: Tensor, processes: int) -> Tensor:
    """What a sum over pixels is divided by: their weight, averaged over ``processes``."""
    weight = pixel_weights.sum()
    if processes > 1:  # all of them come here, also those whose batch is void
        distributed.all_reduce(weight)
        weight = weight / processes
    return weight.clamp_min(1e-12)


def _pixel_weights(mask: Tensor, class_weights: Tensor | None, ignore_index: int) -> Tensor:
    """``(n, h, w)`` float32 weight of each pixel: its class's, and 0 for void."""
    valid = mask != ignore_index
    if class_weights is None:
        return valid.float()
    return class_weights[mask.masked_fill(~valid, 0)] * valid
