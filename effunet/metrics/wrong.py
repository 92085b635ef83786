"""How much of each picture was predicted wrong."""

from collections.abc import Sequence

import torch
from torch import Tensor


class WrongShares:
    """Of every scored picture the share of its valid pixels that were predicted wrong.

    Nothing waits for the device until the worst are asked for.

    Args:
        num_classes: k.
    """

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes
        self._counted: list[tuple[list[str], Tensor]] = []

    def update(self, keys: Sequence[str], preds: Tensor, target: Tensor) -> None:
        """Add a batch.

        Args:
            keys: What the ``n`` pictures are called.
            preds: Predicted train ids ``(n, h, w)``.
            target: True ones of the same shape; an id that is no class's is void.
        """
        valid = (target >= 0) & (target < self.num_classes)
        wrong = valid & (preds != target)
        self._counted.append((list(keys), torch.stack([wrong, valid]).flatten(2).sum(dim=2)))

    def worst(self, count: int) -> list[tuple[str, float]]:
        """At most ``count`` pictures and their shares in 0…1, worst first; none is all void."""
        shares = [
            (key, wrong / valid)
            for keys, counts in self._counted
            for key, wrong, valid in zip(keys, *counts.tolist(), strict=True)
            if valid
        ]
        return worst_of(shares, count)

    def reset(self) -> None:
        """Forget all pictures."""
        self._counted = []


def worst_of(shares: Sequence[tuple[str, float]], count: int) -> list[tuple[str, float]]:
    """The ``count`` with the largest shares, largest first, then by name."""
    return sorted(shares, key=lambda share: (-share[1], share[0]))[:count]
