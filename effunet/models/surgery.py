"""Finding layers that belong together, and swapping layers."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .probe import probe

Convolution = nn.Conv2d | nn.ConvTranspose2d


def convolutions_before(
    network: nn.Module, wanted: Callable[[nn.Module], bool]
) -> dict[nn.Module, Convolution]:
    """Layers that alone read a convolution's output → that convolution, seen on a noise picture.

    Left out are a layer that is called twice, since what it carries would hold for one call only,
    a convolution whose output anything else reads: another layer, a sum, a view, the caller, and
    a reading layer with hooks, which would be lost with it.

    Args:
        network: Maps multiples of the stride to logits.
        wanted: Which reading layers are looked for.
    """
    sought = {module for module in network.modules() if wanted(module) and not has_hooks(module)}
    readers = _Readers()
    calls: Counter[nn.Module] = Counter()

    def enter(module: nn.Module, inputs: tuple[object, ...]) -> None:
        calls[module] += 1
        if module in sought:
            readers.inside.append(module)

    def leave(module: nn.Module, _: object, output: object) -> None:
        if module in sought:
            readers.inside.pop()
        if isinstance(module, Convolution) and isinstance(output, Tensor):
            readers.made[id(output)] = (module, output)

    hooks = [module.register_forward_pre_hook(enter) for module in network.modules()]
    hooks += [module.register_forward_hook(leave) for module in network.modules()]
    try:
        with readers:
            logits = probe(network)
    finally:
        for hook in hooks:
            hook.remove()
    readers.note(logits)
    return {
        layers[0]: conv
        for conv, layers in readers.of.items()
        if len(layers) == 1 and layers[0] is not None and calls[layers[0]] == calls[conv] == 1
    }


class _Readers(TorchFunctionMode):
    """Who reads the outputs of convolutions: it sees every function that takes a tensor.

    Hooks of modules would miss sums, concatenations and views. Functions that ``torch.jit.script``
    compiled pass unseen, and what they read or write too: layers swapped in spite of that change
    the logits, so whoever swaps compares these before and after.

    Attributes:
        inside: The sought layers being computed, the innermost last.
        made: Of a convolution's output that nothing has written to: id → convolution and output,
            which is held so that no other tensor gets its id.
        of: Convolution → what reads its output, a sought layer or None for all else.
    """

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[nn.Module] = []
        self.made: dict[int, tuple[Convolution, Tensor]] = {}
        self.of: dict[Convolution, list[nn.Module | None]] = {}

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Iterable[type],
        args: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        """Call ``func``, and note whose output it read."""
        given = [tensor for tensor in _tensors((args, kwargs)) if id(tensor) in self.made]
        versions = [tensor._version for tensor in given]
        result = func(*args, **(kwargs or {}))
        returned = list(_tensors(result))
        for tensor, version in zip(given, versions, strict=True):
            written = tensor._version != version
            # A shape or a type comes without a tensor, and a layer that does nothing now, such as
            # dropout, hands on the very tensor: neither has read anything.
            if written or any(other is not tensor for other in returned):
                self.note(tensor)
            if written:
                del self.made[id(tensor)]
        return result

    def note(self, tensor: Tensor) -> None:
        """Somebody reads ``tensor``."""
        conv, _ = self.made.get(id(tensor), (None, None))
        if conv is not None:
            self.of.setdefault(conv, []).append(self.inside[-1] if self.inside else None)


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _tensors(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)


def has_hooks(module: nn.Module) -> bool:
    """Whether somebody listens to it, as timm does to the layers whose outputs are features."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def swap_layers(network: nn.Module, swaps: Mapping[nn.Module, nn.Module]) -> None:
    """Put new layers in the places of old ones."""
    for parent in list(network.modules()):
        # named_children() would name once a layer that stands in two places of one parent
        for name, child in list(parent._modules.items()):
            if child is not None and child in swaps:
                setattr(parent, name, swaps[child])
