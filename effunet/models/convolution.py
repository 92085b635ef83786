"""Convolutions as published weights need them and as processors compute them fastest."""

from typing import Any, cast

import torch
import torch.nn.functional as F
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn

from .surgery import swap_layers

_Geometry = tuple[Any, Any, Any]  # stride, padding, dilation

# oneDNN has no fast bfloat16 kernel for two gradients of depthwise convolutions: the input's at a
# stride above 1 (measured 10 to 90 times slower than float32) and the weight's from this kernel on
# (3 to 6 times). All others are faster in bfloat16.
_SLOW_WEIGHT_KERNEL = 5

# Its weight gradient of 1x1 convolutions with a stride writes beyond its own memory where they
# read fewer channels than this and the picture is channels_last: wrong numbers at best, mostly the
# end of the process.
_OVERRUNNING_BELOW = 16


class AdaptedConv2d(nn.Conv2d):
    """Convolution with a constant, possibly unequal padding and sound, fast gradients."""

    same_padding: tuple[int, int, int, int] | None = None
    """(left, right, top, bottom), padded with zeros before convolving."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 -- the base class's name
        """``(n, c, h, w)``, h and w multiples of the stride."""
        padded = input if self.same_padding is None else F.pad(input, self.same_padding)
        if self._has_slow_gradient(padded):
            return _depthwise(padded, self)
        if torch.is_grad_enabled() and padded.device.type == "cpu" and overruns(self):
            down, right = self.stride
            return F.conv2d(padded[..., ::down, ::right], self.weight, self.bias)
        return super().forward(padded)

    def _has_slow_gradient(self, image: Tensor) -> bool:
        return (
            torch.is_grad_enabled()
            and image.device.type == "cpu"
            and torch.is_autocast_enabled("cpu")
            and torch.get_autocast_dtype("cpu") == torch.bfloat16
            and self.groups == self.in_channels > 1
            and (max(self.stride) > 1 or max(self.kernel_size) >= _SLOW_WEIGHT_KERNEL)
        )


def adapt_convolutions(module: nn.Module) -> None:
    """Swap the convolutions below ``module`` that gain from it, in place; names and weights stay.

    Those with TensorFlow's SAME padding get it as a constant: it is ``max((ceil(size / stride) - 1)
    · stride + (kernel - 1) · dilation + 1 - size, 0)`` pixels, the odd one right and below, which
    for a size that is a multiple of the stride is ``(kernel - 1) · dilation + 1 - stride``. The
    network's input is padded to the product of all strides, so this holds at every layer: the same
    numbers, without arithmetic on shapes in each pass, and exportable.
    """
    gaining = [
        conv
        for conv in module.modules()
        if type(conv) is Conv2dSame
        or (type(conv) is nn.Conv2d and (_is_depthwise(conv) or overruns(conv)))
    ]
    swap_layers(module, {conv: _adapted(conv) for conv in gaining})


def overruns(conv: nn.Conv2d) -> bool:
    """Whether oneDNN's weight gradient of ``conv`` would write beyond its own memory.

    Such a convolution reads only every so many pixels, so taking these first gives the same
    numbers without the stride.
    """
    return (
        conv.kernel_size == (1, 1)
        and max(conv.stride) > 1
        and conv.padding in {(0, 0), "valid"}
        and conv.groups == 1
        and conv.in_channels < _OVERRUNNING_BELOW
    )


def _is_depthwise(conv: nn.Conv2d) -> bool:
    return conv.groups == conv.in_channels > 1 and conv.padding_mode == "zeros"


def _adapted(conv: nn.Conv2d) -> AdaptedConv2d:
    padding = (0, 0) if conv.padding == "valid" else cast("tuple[int, ...]", conv.padding)
    unequal = None
    if isinstance(conv, Conv2dSame) or conv.padding == "same":  # torch's own, at stride 1
        (top, bottom), (left, right) = (
            _same_padding(kernel, stride, dilation)
            for kernel, stride, dilation in zip(
                conv.kernel_size, conv.stride, conv.dilation, strict=True
            )
        )
        padding = (top, left)  # an equal padding costs nothing inside the convolution
        if (top, left) != (bottom, right):
            padding, unequal = (0, 0), (left, right, top, bottom)
    adapted = AdaptedConv2d(
        conv.in_channels,
        conv.out_channels,
        _pair(conv.kernel_size),
        stride=_pair(conv.stride),
        padding=_pair(padding),
        dilation=_pair(conv.dilation),
        groups=conv.groups,
        bias=conv.bias is not None,
        device="meta",  # the parameters are the given layer's
    )
    adapted.weight, adapted.bias, adapted.same_padding = conv.weight, conv.bias, unequal
    return adapted


def _same_padding(kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    total = max((kernel - 1) * dilation + 1 - stride, 0)
    return total // 2, total - total // 2


def _pair(values: tuple[int, ...]) -> tuple[int, int]:
    height, width = values
    return height, width


def _depthwise(image: Tensor, conv: nn.Conv2d) -> Tensor:
    geometry = (conv.stride, conv.padding, conv.dilation)
    result: Tensor = _DepthwiseFunction.apply(image.bfloat16(), conv.weight, geometry)
    return result if conv.bias is None else result + conv.bias.bfloat16().view(1, -1, 1, 1)


class _DepthwiseFunction(torch.autograd.Function):
    """Depthwise convolution in bfloat16 whose slow gradients are computed in float32."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, weight: Tensor, geometry: _Geometry) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(image, weight)
        ctx.geometry = geometry
        stride, padding, dilation = geometry
        channels = image.shape[1]
        return F.conv2d(image, weight.bfloat16(), None, stride, padding, dilation, channels)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:  # noqa: ANN401
        image, weight = ctx.saved_tensors
        wants_image, wants_weight, _ = ctx.needs_input_grad
        (stride, *_), kernel = ctx.geometry[0], max(weight.shape[-2:])

        of_image = of_weight = None
        if wants_image:
            dtype = torch.float32 if stride > 1 else torch.bfloat16
            # only the shape and layout of the image matter here
            blank = torch.empty_like(image, dtype=dtype)
            tensors = (gradient.to(dtype), blank, weight.to(dtype))
            of_image = compute_gradients(tensors, ctx.geometry, (True, False, False))[0].bfloat16()
        if wants_weight:
            dtype = torch.float32 if kernel >= _SLOW_WEIGHT_KERNEL else torch.bfloat16
            tensors = (gradient.to(dtype), image.to(dtype), weight.to(dtype))
            of_weight = compute_gradients(tensors, ctx.geometry, (False, True, False))[1].float()
        return of_image, of_weight, None


def compute_gradients(
    tensors: tuple[Tensor, Tensor, Tensor], geometry: _Geometry, mask: tuple[bool, bool, bool]
) -> tuple[Tensor, ...]:
    """Those gradients of a depthwise convolution's (image, weight, bias) that ``mask`` asks for.

    Args:
        tensors: The output's gradient, the image and the weight, all of one dtype.
        geometry: Stride, padding and dilation.
        mask: Which are wanted.
    """
    gradient, image, weight = tensors
    found: tuple[Tensor, ...] = torch.ops.aten.convolution_backward(
        gradient, image, weight, None, *geometry, False, (0, 0), image.shape[1], mask
    )
    return found
