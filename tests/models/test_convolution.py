from typing import Any

import pytest
import torch
import torch.nn.functional as F
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn

from effunet.models import convolution
from effunet.models.convolution import AdaptedConv2d, adapt_convolutions


@pytest.mark.parametrize("kernel", [1, 2, 3, 5, 7])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (4, 1), (1, 2), (1, 4)])
def test_constant_padding_equals_dynamic_same_padding(
    kernel: int, stride: int, dilation: int
) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(Conv2dSame(4, 4, kernel, stride=stride, dilation=dilation, groups=2))
    image = torch.randn(2, 4, 16, 24)
    expected = network(image)
    adapt_convolutions(network)
    assert isinstance(network[0], AdaptedConv2d)
    assert torch.equal(network(image), expected)


def test_an_equal_padding_needs_no_pass_of_its_own() -> None:
    network = nn.Sequential(Conv2dSame(4, 4, 5), Conv2dSame(4, 4, 5, stride=2))
    adapt_convolutions(network)
    first, second = network
    assert isinstance(first, AdaptedConv2d)
    assert isinstance(second, AdaptedConv2d)
    assert (first.padding, first.same_padding) == ((2, 2), None)
    assert (second.padding, second.same_padding) == ((0, 0), (1, 2, 1, 2))


def test_names_and_weights_stay() -> None:
    network = nn.Sequential(nn.Conv2d(4, 8, 1), Conv2dSame(8, 8, 3, groups=8))
    before = dict(network.named_parameters())
    plain = network[0]
    adapt_convolutions(network)
    after = dict(network.named_parameters())
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    assert network[0] is plain


def _gradients(conv: nn.Module, image: Tensor, *, bfloat16: bool) -> list[Tensor]:
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
        loss = F.avg_pool2d(conv(image).float() ** 2, 3).sum()
    return list(torch.autograd.grad(loss, [image, *conv.parameters()]))


@pytest.mark.parametrize(
    ("kernel", "stride", "bias"), [(3, 1, False), (3, 2, False), (5, 1, True), (5, 2, False)]
)
def test_depthwise_gradients_in_bfloat16_equal_float32_ones(
    kernel: int, stride: int, bias: bool
) -> None:
    torch.manual_seed(0)
    plain = nn.Conv2d(8, 8, kernel, stride, padding=kernel // 2, groups=8, bias=bias)
    network = nn.Sequential(plain)
    image = torch.randn(2, 8, 16, 16).to(memory_format=torch.channels_last).requires_grad_()
    expected = _gradients(plain, image, bfloat16=False)
    adapt_convolutions(network)
    for ours, theirs in zip(_gradients(network, image, bfloat16=True), expected, strict=True):
        assert ours.dtype == torch.float32
        assert (ours - theirs).norm() < 0.02 * theirs.norm()


@pytest.mark.parametrize(
    ("kernel", "stride", "dtypes"),
    [
        (5, 2, [torch.float32, torch.float32]),
        (3, 2, [torch.float32, torch.bfloat16]),
        (5, 1, [torch.bfloat16, torch.float32]),
        (3, 1, []),  # autograd's own are as fast
    ],
)
def test_only_slow_gradients_leave_bfloat16(
    monkeypatch: pytest.MonkeyPatch, kernel: int, stride: int, dtypes: list[torch.dtype]
) -> None:
    seen = []
    compute = convolution.compute_gradients

    def note(tensors: tuple[Tensor, Tensor, Tensor], *rest: Any) -> tuple[Tensor, ...]:  # noqa: ANN401
        seen.append(tensors[0].dtype)
        return compute(tensors, *rest)

    monkeypatch.setattr(convolution, "compute_gradients", note)
    network = nn.Sequential(nn.Conv2d(8, 8, kernel, stride, groups=8, bias=False))
    adapt_convolutions(network)
    image = torch.randn(1, 8, 16, 16, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        network(image).sum().backward()
    assert seen == dtypes  # the image's, then the weight's


def test_without_gradients_it_is_the_plain_convolution() -> None:
    conv = nn.Conv2d(8, 8, 5, 2, groups=8)
    network = nn.Sequential(conv)
    adapt_convolutions(network)
    image = torch.randn(1, 8, 16, 16)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(network(image), conv(image))
