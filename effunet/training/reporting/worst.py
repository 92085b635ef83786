"""The pictures that a run's best model segments worst."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ...datasets import SegmentationPair, Split, load_pair
from ...models import load_model, mask_of
from ...report import Compared
from ...run_folder import RunFolder


@dataclass(frozen=True)
class BestEpoch:
    """What is known of the epoch whose model was kept."""

    epoch: int
    """Zero-based."""
    confusion: Tensor
    """``(k, k + 1)`` counts of val."""
    worst: Sequence[tuple[str, float]]
    """Keys of the pictures with the largest shares of wrong pixels, and the shares."""


def see_worst(folder: RunFolder, val: Split, best: BestEpoch) -> list[Compared]:
    """The worst pictures of val, worst first.

    Raises:
        InputError: The model or a picture cannot be read any more.
    """
    pairs: dict[str, SegmentationPair] = {pair.key: pair for pair in val.pairs}
    backend = load_model(folder.best).backend
    seen = []
    for key, share in best.worst:
        image, mask = load_pair(pairs[key], val.facts.label_map)
        caption = f"{key}: {share:.1%} of its pixels wrong"
        seen.append(Compared(caption, image, mask, mask_of(backend, image)))
    return seen
