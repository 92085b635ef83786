"""Batch norm folded into the convolution before it, for inference."""

import copy
from typing import cast

from timm.layers.norm_act import convert_sync_batchnorm
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ..segmenter import Segmenter
from ..surgery import Convolution, convolutions_before, swap_layers
from .packing import PackedConv2d, can_pack, pack_convolutions

_Norm = nn.BatchNorm2d | nn.SyncBatchNorm


def for_inference(segmenter: Segmenter) -> Segmenter:
    """A copy that only infers, a third faster.

    Its batch norms are folded and its convolutions' weights are kept in the precision and layout
    they are computed in, instead of being brought there at each call. Logits are the same up to
    rounding.
    """
    folded = copy.deepcopy(segmenter).eval().requires_grad_(requires_grad=False)
    fold_batch_norms(folded.network)
    precision = folded.precision
    if precision.channels_last and can_pack(folded.mean.device, precision.dtype):
        pack_convolutions(folded.network)
    for module in folded.modules():
        if isinstance(module, Convolution | PackedConv2d):
            module.to(dtype=precision.dtype)
    return folded.use_precision(precision)


def sync_batch_norms(segmenter: Segmenter) -> None:
    """Let batch norms share their statistics over all processes; CUDA only.

    torch's own converter would drop the activations that timm's batch norms carry.
    """
    convert_sync_batchnorm(segmenter)  # type: ignore[no-untyped-call]


def fold_batch_norms(network: nn.Module) -> None:
    """Fold in place each batch norm that reads a convolution's output.

    In eval mode a batch norm is one factor and one offset a channel, so the convolution before it
    can carry both: the same numbers up to rounding, and one pass over memory less a layer. Training
    afterwards would go without batch norm.
    """
    swaps: dict[nn.Module, nn.Module] = {}
    for norm, conv in convolutions_before(network, _has_statistics).items():
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
