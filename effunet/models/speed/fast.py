"""A copy of a segmenter that computes the same numbers sooner, and the proof that it does."""

import copy
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...precision import Precision
from ..probe import probe
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
    suits: Callable[[torch.device, Precision], bool]
    """Whether it is for networks that compute there and so."""


_STEPS = {
    "folding": _Step(fold_batch_norms, lambda device, precision: True),
    "packing": _Step(
        pack_convolutions,
        lambda device, precision: precision.channels_last and can_pack(device, precision.dtype),
    ),
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
    lasting: bool
    """Whether other weights of the same network can take the same steps without proof: not if the
    logits of these could prove nothing."""

    def say(self) -> None:
        """Log which steps are left out, each once a process for a network's name.

        The reason may hold a measured number, which other weights would change.
        """
        name = self.segmenter.name
        for step, why in self.faults.items():
            if (name, step) not in _SAID:
                _SAID.add((name, step))
                _LOG.warning(f"{name} computes without {step}, right but slower: {why}")


_LOG = logging.getLogger(__name__)
_SAID: set[tuple[str, str]] = set()
"""Names of networks and the steps of which it was said that they are left out."""


def for_inference(segmenter: Segmenter, *, steps: tuple[str, ...] | None = None) -> FastCopy:
    """A copy that only infers, up to three times faster.

    Its batch norms are folded and its convolutions' weights are kept in the precision and layout
    they are computed in, instead of being brought there at each call. Each of these steps is taken
    only if the logits of a noise picture stay the same up to rounding. Whatever torch's private
    operations raise is a reason against their step, so that another torch costs speed alone.

    Args:
        segmenter: Is left as it is.
        steps: What an earlier copy of the same network took whose verdict is lasting, to take
            without proof; those that prove themselves if left out.
    """
    if steps is None:
        return _proven(segmenter)
    fast = _inferring(segmenter)
    for step in steps:
        _STEPS[step].change(fast.network)
    return FastCopy(_in_precision(fast), steps, {}, lasting=True)


def _proven(segmenter: Segmenter) -> FastCopy:
    device, precision = segmenter.mean.device, segmenter.precision
    # Proven in float32 before any weight is rounded, and on the processor, since GPUs compute
    # float32 convolutions in TF32: there too the differences would be those of the rounding.
    plain = segmenter if device.type == "cpu" else copy.deepcopy(segmenter).cpu()
    expected = probe(plain.network)
    silent = _why_silent(expected)
    proven: list[tuple[tuple[str, ...], Segmenter]] = [((), plain)]  # steps, what they made
    faults: dict[str, str] = {}
    for name, step in _STEPS.items():
        steps, before = proven[-1]
        try:
            if not step.suits(device, precision):
                continue
            if silent:
                faults[name] = silent
                continue
            candidate = _inferring(before)
            step.change(candidate.network)
            fault = _difference(expected, probe(candidate.network))
        except Exception as error:  # private operations may raise anything in another torch
            fault = _in_words(error)
        if fault is None:
            proven.append(((*steps, name), candidate))
        else:
            faults[name] = fault
    while len(proven) > 1:
        steps, fast = proven.pop()
        try:
            fast = _computing(_in_precision(fast.to(device)))
            return FastCopy(fast, steps, faults, lasting=True)
        except Exception as error:
            faults[steps[-1]] = _in_words(error)
    return FastCopy(_in_precision(_inferring(segmenter)), (), faults, lasting=not silent)


def _inferring(segmenter: Segmenter) -> Segmenter:
    return copy.deepcopy(segmenter).requires_grad_(requires_grad=False).eval()


def _in_precision(segmenter: Segmenter) -> Segmenter:
    for module in segmenter.modules():
        if isinstance(module, Convolution | PackedConv2d):
            module.to(dtype=segmenter.precision.dtype)
    return segmenter.use_precision(segmenter.precision)


def _computing(segmenter: Segmenter) -> Segmenter:
    """The same, if it computes in its precision at all."""
    if segmenter.precision.name != "32":
        with segmenter.precision.autocast(segmenter.mean.device.type):
            probe(segmenter.network)
    return segmenter


def _why_silent(expected: Tensor) -> str | None:
    """Why nothing can be proven against these plain logits; None if it can."""
    if not expected.isfinite().all():
        return "the plain layers' logits are not finite"
    if expected.amax(dim=(2, 3)).equal(expected.amin(dim=(2, 3))):
        return "the plain layers' logits are the same at every pixel, so that no fault would show"
    return None


def _difference(expected: Tensor, found: Tensor) -> str | None:
    """Why ``found`` does not prove itself against the plain logits; None if it does."""
    apart = float((found - expected).abs().max() / expected.abs().max())
    if apart <= TOLERANCE:  # also of NaN this is not true
        return None
    return f"its logits would be {apart:.1e} of the largest apart from the plain layers'"


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
