"""Batch norm folded into the convolution before it, for inference."""

from typing import cast

from timm.layers.norm_act import convert_sync_batchnorm
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ..convolution import AdaptedConv2d
from ..segmenter import Segmenter
from ..surgery import Convolution, convolutions_before, swap_layers

_Norm = nn.BatchNorm2d | nn.SyncBatchNorm
# others may compute their weight anew at each call, from the one they keep
_FOLDABLE = {nn.Conv2d, nn.ConvTranspose2d, AdaptedConv2d}


def sync_batch_norms(segmenter: Segmenter) -> None:
    """Let batch norms share their statistics over all processes; CUDA only.

    torch's own converter would drop the activations that timm's batch norms carry.
    """
    convert_sync_batchnorm(segmenter)  # type: ignore[no-untyped-call]


def fold_batch_norms(network: nn.Module) -> None:
    """Fold in place each batch norm that alone reads a convolution's output.

    In eval mode a batch norm is one factor and one offset a channel, so the convolution before it
    can carry both: the same numbers up to rounding, and one pass over memory less a layer. Training
    afterwards would go without batch norm.
    """
    swaps: dict[nn.Module, nn.Module] = {}
    for norm, conv in convolutions_before(network, _has_statistics).items():
        if type(conv) in _FOLDABLE:
            _fold(cast("_Norm", norm), conv)
            # timm's batch norms carry their activation
            swaps[norm] = getattr(norm, "act", None) or nn.Identity()
    swap_layers(network, swaps)


def _has_statistics(module: nn.Module) -> bool:
    return isinstance(module, _Norm) and bool(module.track_running_stats)


def _fold(norm: _Norm, conv: Convolution) -> None:
    conv.weight, conv.bias = fuse_conv_bn_weights(
        conv.weight,
        conv.bias,
        norm.running_mean,  # type: ignore[arg-type]  # only norms that have one are folded
        norm.running_var,  # type: ignore[arg-type]
        norm.eps,
        norm.weight,
        norm.bias,
        transpose=isinstance(conv, nn.ConvTranspose2d),
    )
