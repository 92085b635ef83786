"""A copy of a segmenter that computes the same numbers sooner, and the proof that it does."""

import copy
import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ...precision import Precision
from ..probe import PROBE_SIDE, only_looking
from ..segmenter import Segmenter
from ..surgery import Convolution
from .fusion import fold_batch_norms
from .packing import PackedConv2d, can_pack, pack_convolutions

TOLERANCE = 1e-3  # of the largest logit, between the plain layers' logits and the fast ones'


@dataclass(frozen=True)
class _Step:
    """One way to compute the same sooner."""

    change: Callable[[nn.Module], None]
    """Of a network, in place."""
    suits: Callable[[torch.device, torch.dtype], bool]
    """Whether it is for that device and precision."""


_STEPS = {
    "folding": _Step(fold_batch_norms, lambda device, dtype: True),
    "packing": _Step(pack_convolutions, can_pack),
}
"""In the order they are taken."""


@dataclass(frozen=True)
class FastCopy:
    """A segmenter that only infers, and the steps that made it so."""

    segmenter: Segmenter
    steps: tuple[str, ...]
    """Steps that were taken."""
    faults: Mapping[str, str]
    """Steps that were not, though they are for such a machine → why not."""

    def say(self) -> None:
        """Log once a process which steps are left out; nothing if none is."""
        for step, why in self.faults.items():
            _say(f"{self.segmenter.name} computes without {step}, right but slower: {why}")


def for_inference(segmenter: Segmenter, *, steps: tuple[str, ...] | None = None) -> FastCopy:
    """A copy that only infers, up to three times faster.

    Its batch norms are folded and its convolutions' weights are kept in the precision and layout
    they are computed in, instead of being brought there at each call. Each of these steps is taken
    only if the logits of a noise picture stay the same up to rounding. Whatever torch's private
    operations raise is a reason against their step, so that another torch costs speed alone.

    Args:
        segmenter: Is left as it is.
        steps: What an earlier copy of the same network took, to take without proof; those that
            prove themselves if left out.
    """
    fast = copy.deepcopy(segmenter).requires_grad_(requires_grad=False).eval()
    if steps is None:
        return _proven(fast)
    for step in steps:
        _STEPS[step].change(fast.network)
    return FastCopy(_in_precision(fast, segmenter.precision), steps, {})


def _proven(plain: Segmenter) -> FastCopy:
    device, precision = plain.mean.device, plain.precision
    # Proven in float32 before any weight is rounded, and on the processor, since GPUs compute
    # float32 convolutions in TF32: there too the differences would be those of the rounding.
    plain.precision = replace(precision, name="32")
    fast = plain.cpu()
    expected = _noise_logits(fast)
    steps: list[str] = []
    faults: dict[str, str] = {}
    for name, step in _STEPS.items():
        candidate = copy.deepcopy(fast)
        try:
            if not step.suits(device, precision.dtype):
                continue
            step.change(candidate.network)
            fault = _difference(expected, _noise_logits(candidate))
            if fault is None and precision.name != "32":  # it must compute so at all
                _noise_logits(_in_precision(copy.deepcopy(candidate).to(device), precision))
        except Exception as error:  # private operations may raise anything in another torch
            fault = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        if fault is None:
            fast = candidate
            steps.append(name)
        else:
            faults[name] = fault
    return FastCopy(_in_precision(fast.to(device), precision), tuple(steps), faults)


def _noise_logits(segmenter: Segmenter) -> Tensor:
    size = (1, 3, PROBE_SIDE, PROBE_SIDE)
    noise = torch.randint(256, size, generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    with only_looking(segmenter):
        return segmenter.forward_train(noise.to(segmenter.mean.device))


def _difference(expected: Tensor, found: Tensor) -> str | None:
    """Why ``found`` does not prove itself against the plain logits; None if it does."""
    if not expected.isfinite().all():
        return "the plain layers' logits are not finite"
    if expected.amax(dim=(2, 3)).equal(expected.amin(dim=(2, 3))):
        return "the plain layers' logits are the same at every pixel, so that no fault would show"
    apart = float((found - expected).abs().max() / expected.abs().max())
    if apart <= TOLERANCE:  # also of NaN this is not true
        return None
    return f"its logits would be {apart:.1e} of the largest apart from the plain layers'"


def _in_precision(segmenter: Segmenter, precision: Precision) -> Segmenter:
    for module in segmenter.modules():
        if isinstance(module, Convolution | PackedConv2d):
            module.to(dtype=precision.dtype)
    return segmenter.use_precision(precision)


@functools.cache
def _say(text: str) -> None:
    logging.getLogger(__name__).warning(text)
