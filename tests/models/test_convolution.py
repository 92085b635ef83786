import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn

from effunet.models import convolution
from effunet.models.convolution import AdaptedConv2d, adapt_convolutions

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_narrow_convolution_with_a_stride_has_the_gradients_of_the_plain_layout(
    bfloat16: bool,
) -> None:
    torch.manual_seed(0)
    adapted = nn.Sequential(nn.Conv2d(3, 16, 1, stride=2))
    adapt_convolutions(adapted)
    plain = nn.Conv2d(3, 16, 1, stride=2)
    plain.load_state_dict(adapted[0].state_dict())
    adapted.to(memory_format=torch.channels_last)
    image = torch.randn(2, 3, 24, 36, requires_grad=True)
    last = image.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
    expected = _gradients(plain, image, bfloat16=bfloat16)
    found = _gradients(adapted, last, bfloat16=bfloat16)
    for gradient, reference in zip(found, expected, strict=True):
        torch.testing.assert_close(gradient, reference, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("bfloat16", [False, True])
@pytest.mark.parametrize("padding", [0, "'valid'"])
def test_a_narrow_convolution_with_a_stride_writes_only_to_its_own_memory(
    bfloat16: bool, padding: int | str
) -> None:
    """In a process of its own, which oneDNN's own gradient would end."""
    script = f"""
import torch
from torch import nn
from effunet.models.convolution import adapt_convolutions

network = nn.Sequential(nn.Conv2d(3, 16, 1, stride=2, padding={padding}, bias=False))
adapt_convolutions(network)
network.to(memory_format=torch.channels_last)
for size in (64, 96, 128, 64, 128) * 2:
    image = torch.randn(2, 3, size, size).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled={bfloat16}):
        network(image).square().mean().backward()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("conv", "swapped"),
    [
        (nn.Conv2d(3, 8, 1, stride=2), True),
        (nn.Conv2d(15, 8, 1, stride=(1, 4)), True),
        (nn.Conv2d(3, 8, 1, stride=2, padding="valid"), True),
        (nn.Conv2d(16, 8, 1, stride=2), False),
        (nn.Conv2d(3, 8, 1), False),
        (nn.Conv2d(3, 8, 3, stride=2, padding=1), False),
        (nn.Conv2d(3, 8, 1, stride=2, padding=1), False),
        (nn.Conv2d(6, 8, 1, stride=2, groups=2), False),
        (nn.Conv2d(6, 6, 5, padding="valid", groups=6), True),
        (nn.Conv2d(6, 6, 5, padding="same", groups=6), True),
        (nn.Conv2d(6, 6, 4, padding="same", dilation=2, groups=6), True),
        (nn.Conv2d(6, 6, 5, padding=2, padding_mode="reflect", groups=6), False),
    ],
)
def test_only_the_narrow_ones_with_a_stride_and_depthwise_ones_are_swapped(
    conv: nn.Conv2d, swapped: bool
) -> None:
    network = nn.Sequential(conv)
    adapt_convolutions(network)
    assert isinstance(network[0], AdaptedConv2d) == swapped
    image = torch.randn(1, conv.in_channels, 9, 11)
    assert torch.equal(network(image), conv(image))
