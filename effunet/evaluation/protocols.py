"""How each benchmark counts: at which size, what void costs, which means it prints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from ..errors import InputError, suggestion
from ..labels import LABEL_SPACES, LabelSpace
from ..metrics import confusion_matrix, iou_from_confusion


@dataclass(frozen=True)
class Protocol:
    """The rules of a score."""

    name: str
    """As ``--protocol`` takes it."""
    size: tuple[int, int] | None
    """(height, width) that truth and prediction are both resized to; None counts at the label's
    own size, where a prediction of another size is an error."""
    label_space: str | None
    """Name of the label space it is defined for; None for any."""
    void_above_classes: bool
    """Whether a label id past the classes is void, as the official script has it; else it is an
    error in the data."""
    ignore_rule: str
    """What void does, in words to print."""
    official: Callable[[Tensor], Mapping[str, float]]
    """Means by the official script's name, from the ``(k + 1, k + 1)`` counts."""

    def count(self, target: Tensor, preds: Tensor, *, num_classes: int) -> Tensor:
        """Count the pixels of pictures by truth and prediction, void included.

        Args:
            target: ``(n, h, w)`` train ids; whatever is no class is void.
            preds: ``(n, h', w')`` train ids; whatever is no class was predicted as void.
            num_classes: k.

        Returns:
            ``(k + 1, k + 1)`` int64, rows the truth, void last. Without its last row it is the
            ``(k, k + 1)`` confusion matrix of training's validation.
        """
        if self.size is not None:
            target, preds = (resize_nearest(mask, self.size) for mask in (target, preds))
        # void becomes a class of its own, past which nothing is left
        target, preds = (
            torch.where((mask >= 0) & (mask < num_classes), mask.long(), num_classes)
            for mask in (target, preds)
        )
        return confusion_matrix(target, preds, num_classes=num_classes + 1)[:, : num_classes + 1]


def resize_nearest(mask: Tensor, size: Sequence[int]) -> Tensor:
    """Resize ``(..., h, w)`` ids to height and width by taking the pixel under each one's centre.

    Pillow's ``NEAREST`` samples so; torch's ``nearest`` and OpenCV's ``INTER_NEAREST`` take the
    pixel under the corner and give other scores.
    """
    *_, h, w = mask.shape
    if (h, w) == tuple(size):
        return mask
    rows, columns = (
        (2 * torch.arange(to, device=mask.device) + 1) * from_ // (2 * to)
        for from_, to in zip((h, w), size, strict=True)
    )
    return mask.index_select(-2, rows).index_select(-1, columns)


def _no_official_means(_: Tensor) -> dict[str, float]:
    return {}


def _idd_lite_means(counts: Tensor) -> dict[str, float]:
    """The two means the script prints; a class absent from both makes them NaN, as there."""
    return {
        "official_mean_7": float(iou_from_confusion(counts[:-1]).mean()),
        "official_mean_8": float(iou_from_confusion(counts).mean()),
    }


PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        "native": Protocol(
            name="native",
            size=None,
            label_space=None,
            void_above_classes=False,
            ignore_rule="void pixels of the truth are left out; void predicted elsewhere is a miss",
            official=_no_official_means,
        ),
        # AutoNUE/public-code, evaluation/idd_lite_evaluate_mIoU.py
        "idd_lite": Protocol(
            name="idd_lite",
            size=(128, 256),
            label_space="idd_lite",
            void_above_classes=True,
            ignore_rule=(
                "void pixels of the truth are left out and void predicted elsewhere is a miss; "
                "in official_mean_8 void is a class like any other"
            ),
            official=_idd_lite_means,
        ),
    }
)
"""The protocols by name."""


def find_protocol(name: str) -> Protocol:
    """The protocol called ``name``.

    Raises:
        InputError: There is none.
    """
    if name not in PROTOCOLS:
        raise InputError(
            f"there is no protocol {name!r}", where="--protocol", fix=suggestion(name, PROTOCOLS)
        )
    return PROTOCOLS[name]


def check_classes(protocol: Protocol, label_space: LabelSpace) -> None:
    """Make sure that ``protocol`` is defined for the classes of ``label_space``.

    Raises:
        InputError: It is not.
    """
    if protocol.label_space is None:
        return
    if LABEL_SPACES[protocol.label_space].names != label_space.names:
        raise InputError(
            f"protocol {protocol.name} scores the classes of {protocol.label_space}",
            where="--protocol",
            why=f"these are the classes of {label_space.name}: {', '.join(label_space.names)}",
            fix="--protocol native",
        )
