"""Convolutions as an x86 processor runs them fastest, for inference."""

import platform
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..convolution import AdaptedConv2d
from ..surgery import convolutions_before, has_hooks, swap_layers

_Activation = tuple[str, list[float]]  # oneDNN's name and its numbers
_NONE: _Activation = ("none", [])
_ACTIVATIONS: dict[type[nn.Module], _Activation] = {
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
    nn.SiLU: ("swish", []),
}


class PackedConv2d(nn.Module):
    """A convolution and the activation behind it in one call, with its weight laid out for it.

    The best layout depends on the picture's size. An ordinary convolution brings its weight into
    it at every call; here it is kept until the size changes.
    """

    def __init__(self, conv: nn.Conv2d, activation: _Activation) -> None:
        super().__init__()
        self.weight, self.bias = conv.weight, conv.bias
        self.same_padding = conv.same_padding if isinstance(conv, AdaptedConv2d) else None
        self._geometry = (conv.padding, conv.stride, conv.dilation, conv.groups)
        self._activation = activation
        self._packed = torch.empty(0)
        self._packed_for: torch.Size | None = None

    def __getstate__(self) -> dict[str, Any]:
        """For copying: a packed weight cannot be, and is packed again."""
        return {**self.__dict__, "_packed": torch.empty(0), "_packed_for": None}

    def forward(self, image: Tensor) -> Tensor:
        """``(n, c, h, w)`` of any float type to the weight's."""
        if self.same_padding is not None:
            image = F.pad(image, self.same_padding)
        if image.shape != self._packed_for:
            self._packed = torch.ops.mkldnn._reorder_convolution_weight(
                self.weight, *self._geometry, image.shape
            )
            self._packed_for = image.shape
        image = image.to(self.weight.dtype)
        result: Tensor = torch.ops.mkldnn._convolution_pointwise(
            image, self._packed, self.bias, *self._geometry, *self._activation, None
        )
        return result


def can_pack(device: torch.device, dtype: torch.dtype = torch.float32) -> bool:
    """Whether ``device`` is a processor of the kind this was written for, and computes ``dtype``.

    Ordinary convolutions fall back where oneDNN has no bfloat16; these would refuse.

    Raises:
        Exception: Whatever a torch raises whose private operations are others.
    """
    x86 = platform.machine().lower() in {"x86_64", "amd64"}
    if device.type != "cpu" or not x86 or not torch.backends.mkldnn.is_available():
        return False
    return dtype == torch.float32 or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def pack_convolutions(network: nn.Module) -> None:
    """Swap the convolutions of ``network`` in place; its numbers stay the same up to rounding."""
    activation_of = {
        conv: activation
        for activation, conv in convolutions_before(network, _is_known).items()
        if _is_plain(conv)
    }
    swaps: dict[nn.Module, nn.Module] = {}
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and _is_plain(module):
            activation = activation_of.get(module)
            described = _ACTIVATIONS[type(activation)] if activation else _NONE
            swaps[module] = PackedConv2d(module, described)
    swap_layers(network, swaps | {act: nn.Identity() for act in activation_of.values()})


def _is_known(module: nn.Module) -> bool:
    return type(module) in _ACTIVATIONS


def _is_plain(conv: nn.Module) -> bool:
    return (
        type(conv) in {nn.Conv2d, AdaptedConv2d}
        and conv.padding_mode == "zeros"
        and isinstance(conv.padding, tuple)
        and not has_hooks(conv)
    )
