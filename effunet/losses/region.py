"""Losses that score a class's region as a whole.

They take ``(n, c, h, w)`` float32 logits and ``(n, h, w)`` train ids, of which one at least is not
void.
"""

import torch
from torch import Tensor

_LOVASZ_BINS = 4096


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
    # a NaN becomes any integer
    rank = (_LOVASZ_BINS - 1) - (errors * _LOVASZ_BINS).int().clamp_(0, _LOVASZ_BINS - 1)
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
