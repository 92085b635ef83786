"""Layers whose output never reaches the logits, found in one pass and left out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .probe import probe
from .surgery import swap_layers


class UnreadLayer(nn.Module):
    """Stands where a layer was that nothing reads, and hands on what it is given.

    It has no tensors, so those that an older file holds for the layer are passed over.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.had = frozenset(layer.state_dict())

    def forward(self, first: Tensor, *_: object) -> Tensor:
        """``first``, as an encoder may run on past the last feature that is read."""
        return first

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: Mapping[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        unexpected_keys += [
            name for name in state_dict if name.removeprefix(prefix) not in self.had
        ]


def drop_unread(network: nn.Module) -> None:
    """Swap the layers of ``network`` that no logit depends on for :class:`UnreadLayer`, in place.

    An encoder may be deeper than its decoder reads, or end in layers that are never called. Their
    parameters get no gradient, which training on several devices does not allow. A layer without
    which the logits would not be the same, or not come about at all, stays and is excluded from
    training.
    """
    logits = probe(network, grad=True)
    _drop(network, list(_unread(network, _behind(logits))), logits)


def names_of_dropped(network: nn.Module) -> Iterator[str]:
    """Names that tensors of the layers had which :func:`drop_unread` left out."""
    for name, layer in network.named_modules():
        if isinstance(layer, UnreadLayer):
            yield from (f"{name}.{own}" for own in layer.had)


def _drop(network: nn.Module, layers: Sequence[nn.Module], expected: Tensor) -> None:
    """All of ``layers`` at once if the logits stay as expected, else by halves."""
    if not layers:
        return
    swaps: dict[nn.Module, nn.Module] = {layer: UnreadLayer(layer) for layer in layers}
    swap_layers(network, swaps)
    if _gives(network, expected):
        return
    # Somebody reads of them what no logit depends on, such as names or lists of features.
    swap_layers(network, {new: layer for layer, new in swaps.items()})
    if len(layers) == 1:
        layers[0].requires_grad_(requires_grad=False)
        return
    half = len(layers) // 2
    _drop(network, layers[:half], expected)
    _drop(network, layers[half:], expected)


def _gives(network: nn.Module, expected: Tensor) -> bool:
    try:
        logits = probe(network, grad=True)
        return torch.allclose(logits, expected, rtol=0, atol=0, equal_nan=True)
    except Exception:  # a network may raise anything where a layer hands on what it did not
        return False


def _behind(logits: Tensor) -> set[nn.Parameter]:
    """The parameters that ``logits`` were computed with, from autograd's record."""
    found: set[nn.Parameter] = set()
    seen = {logits.grad_fn}
    open_ends = [logits.grad_fn]
    while open_ends:
        node = open_ends.pop()
        if node is None:
            continue
        if isinstance(parameter := getattr(node, "variable", None), nn.Parameter):
            found.add(parameter)
        new = {before for before, _ in node.next_functions} - seen
        seen |= new
        open_ends += new
    return found


def _unread(module: nn.Module, read: set[nn.Parameter]) -> Iterator[nn.Module]:
    """The outermost layers below ``module`` that have parameters, all of them unread."""
    for child in module.children():
        parameters = set(child.parameters())
        if parameters and read.isdisjoint(parameters):
            yield child
        else:
            yield from _unread(child, read)
