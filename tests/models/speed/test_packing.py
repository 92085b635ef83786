import copy

import pytest
import torch
from torch import Tensor, nn

from effunet.models import DECODERS, for_inference
from effunet.models.speed.packing import PackedConv2d, can_pack, pack_convolutions
from effunet.precision import Precision

from .conftest import segmenter_under

X86 = pytest.mark.skipif(not can_pack(torch.device("cpu")), reason="for x86 processors only")


@X86
@pytest.mark.parametrize("decoder", DECODERS)
def test_packed_equals_whole_at_every_size(decoder: str) -> None:
    precision = Precision("32", channels_last=True, reason="test")
    segmenter = segmenter_under(decoder).eval().use_precision(precision)
    packed = for_inference(segmenter).segmenter
    assert any(isinstance(module, PackedConv2d) for module in packed.modules())
    with torch.no_grad():
        for n, height, width in ((1, 50, 70), (2, 50, 70), (1, 33, 100), (1, 50, 70)):
            packed = copy.deepcopy(packed)  # a packed weight itself cannot be copied
            image = torch.randint(0, 256, (n, 3, height, width))
            expected, logits = segmenter(image), packed(image)
            assert (logits - expected).abs().max() < 1e-4 * expected.abs().max()


@X86
@pytest.mark.parametrize("activation", [nn.ReLU, nn.ReLU6, nn.SiLU])
@pytest.mark.parametrize("inplace", [True, False])
@pytest.mark.parametrize("read_too", [True, False])
def test_an_activation_is_joined_only_where_nobody_else_reads(
    activation: type[nn.Module], inplace: bool, read_too: bool
) -> None:
    torch.manual_seed(0)
    network = _Activated(activation(inplace), read_too=read_too)
    for parameter in network.requires_grad_(requires_grad=False).parameters():
        parameter.mul_(8)  # past the six of ReLU6
    image = torch.randn(1, 3, 32, 32)
    expected = network(image)
    pack_convolutions(network)
    torch.testing.assert_close(network(image), expected, rtol=1e-5, atol=1e-4)
    assert isinstance(network.activation, nn.Identity) != read_too


class _Activated(nn.Module):
    """A convolution and its activation; ``read_too`` adds what the convolution made."""

    def __init__(self, activation: nn.Module, *, read_too: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.activation = activation
        self.read_too = read_too

    def forward(self, image: Tensor) -> Tensor:
        made = self.conv(image)
        read = made * 2 if self.read_too else 0
        result: Tensor = self.activation(made) + read
        return result


@X86
@pytest.mark.parametrize("index", [0, 1])
def test_a_layer_that_somebody_listens_to_is_not_packed(index: int) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 1))
    heard: list[Tensor] = []
    network[index].register_forward_hook(lambda _, __, output: heard.append(output))
    image = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        expected = network(image)
        pack_convolutions(network)
        heard.clear()
        torch.testing.assert_close(network(image), expected)
    assert len(heard) == 1
    assert isinstance(network[2], PackedConv2d)
