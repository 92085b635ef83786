"""Who reads a convolution's output: sums, views and the caller too, but not who asks its shape."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from effunet.models.surgery import convolutions_before, swap_layers

Joins = Callable[[Tensor, Tensor], Tensor]  # (convolution's output, norm's output) → result


class _Network(nn.Module):
    """A convolution, something before its norm, the norm, something after it."""

    def __init__(
        self, *, between: Callable[[Tensor], Tensor] = lambda made: made, after: Joins
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.between, self.after = between, after

    def forward(self, image: Tensor) -> Tensor:
        made = self.conv(image)
        return self.after(made, self.norm(self.between(made)))


def _norm_and_conv(network: nn.Module) -> dict[nn.Module, nn.Module]:
    return dict(convolutions_before(network, lambda module: isinstance(module, nn.BatchNorm2d)))


def _blank(made: Tensor) -> Tensor:
    made[0] = 0.0
    return torch.zeros(())


READERS: dict[str, Joins] = {
    "sum": lambda made, normed: made + normed,
    "sum in place": lambda made, normed: normed.add_(made),
    "concatenation": lambda made, normed: torch.cat([normed, made], dim=1),
    "view": lambda made, normed: normed + made[:, :1],
    "written to afterwards": lambda made, normed: F.relu(made, inplace=True) * 0 + normed,
    "written to through a view": lambda made, normed: made.flatten().mul_(2).sum() + normed,
    "item set": lambda made, normed: _blank(made) + normed,
    "out": lambda made, normed: torch.mul(normed, 2, out=made),
    "keyword": lambda made, normed: torch.add(normed, other=made),
    "the caller": lambda made, normed: made,
}


@pytest.mark.parametrize("reader", READERS)
def test_a_convolution_that_anything_else_reads_is_left_out(reader: str) -> None:
    assert _norm_and_conv(_Network(after=READERS[reader])) == {}


NOTHINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": nn.Identity(),
    "dropout in eval mode": lambda made: F.dropout(made, training=False),
    "shapes and types": lambda made: made.requires_grad_(made.shape[1] > 4 or made.dim() == 3),
    "contiguous": lambda made: made.contiguous(memory_format=torch.channels_last),
    "same type": lambda made: made.float(),
}


@pytest.mark.parametrize("nothing", NOTHINGS)
def test_what_hands_the_output_on_reads_nothing(nothing: str) -> None:
    network = _Network(between=NOTHINGS[nothing], after=lambda made, normed: normed)
    assert _norm_and_conv(network) == {network.norm: network.conv}


CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "activation in place": lambda made: F.relu(made, inplace=True),
    "activation": F.relu,
    "sum in place": lambda made: made.add_(1),
    "view": lambda made: made[:, :],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_norm_that_reads_something_else_is_left_out(change: str) -> None:
    network = _Network(between=CHANGES[change], after=lambda made, normed: normed)
    assert _norm_and_conv(network) == {}


@pytest.mark.parametrize("inference", [True, False])
def test_it_sees_as_much_in_inference_mode(inference: bool) -> None:
    with torch.inference_mode(mode=inference):
        apart = _Network(after=lambda made, normed: normed)
        read_twice = _Network(after=READERS["sum in place"])
        changed = _Network(between=CHANGES["sum in place"], after=lambda made, normed: normed)
        assert _norm_and_conv(apart) == {apart.norm: apart.conv}
        assert _norm_and_conv(read_twice) == _norm_and_conv(changed) == {}


def test_a_norm_that_somebody_listens_to_is_left_out() -> None:
    network = _Network(after=lambda made, normed: normed)
    network.norm.register_forward_hook(lambda *_: None)
    assert _norm_and_conv(network) == {}


def test_layers_that_are_called_twice_are_left_out() -> None:
    network = _Network(after=lambda made, normed: normed)
    twice = nn.Sequential(network, nn.Conv2d(4, 3, 1), network)
    assert _norm_and_conv(twice) == {}


def test_a_layer_is_swapped_in_every_place_it_stands_in() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = self.second = old
            self.below = nn.Sequential(old, nn.Identity(), old)

    old, new = nn.ReLU(), nn.SiLU()
    network = Twice()
    swap_layers(network, {old: new})
    places = [network.get_submodule(f) for f in ("first", "second", "below.0", "below.2")]
    assert all(layer is new for layer in places)
