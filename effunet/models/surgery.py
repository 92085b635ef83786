"""Finding layers that belong together, and swapping layers."""

from collections import Counter
from collections.abc import Callable, Mapping

from torch import Tensor, nn

from .probe import probe

Convolution = nn.Conv2d | nn.ConvTranspose2d


def convolutions_before(
    network: nn.Module, wanted: Callable[[nn.Module], bool]
) -> dict[nn.Module, Convolution]:
    """Layers that read a convolution's output → that convolution, seen on a blank picture.

    A layer that is called twice is left out: what it carries would hold for one call only.

    Args:
        network: Maps multiples of the stride to logits.
        wanted: Which reading layers are looked for.
    """
    made_by: dict[int, tuple[Convolution, Tensor]] = {}
    pairs: dict[nn.Module, Convolution] = {}
    calls: Counter[nn.Module] = Counter()

    def note_output(module: nn.Module, _: object, output: Tensor) -> None:
        calls[module] += 1
        if isinstance(module, Convolution):
            made_by[id(output)] = (module, output)  # holding the output keeps its id from reuse

    def note_input(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if wanted(module) and id(inputs[0]) in made_by:
            pairs[module] = made_by[id(inputs[0])][0]

    hooks = [module.register_forward_hook(note_output) for module in network.modules()]
    hooks += [module.register_forward_pre_hook(note_input) for module in network.modules()]
    try:
        probe(network)
    finally:
        for hook in hooks:
            hook.remove()
    return {layer: conv for layer, conv in pairs.items() if calls[layer] == calls[conv] == 1}


def swap_layers(network: nn.Module, swaps: Mapping[nn.Module, nn.Module]) -> None:
    """Put new layers in the places of old ones."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if child in swaps:
                setattr(parent, name, swaps[child])
