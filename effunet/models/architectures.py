"""Decoders over one encoder protocol: a visible table over smp's decoder modules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segmentation_models_pytorch.base import SegmentationHead, initialization
from segmentation_models_pytorch.decoders.deeplabv3.decoder import (
    DeepLabV3Decoder,
    DeepLabV3PlusDecoder,
)
from segmentation_models_pytorch.decoders.fpn.decoder import FPNDecoder
from segmentation_models_pytorch.decoders.linknet.decoder import LinknetDecoder
from segmentation_models_pytorch.decoders.manet.decoder import MAnetDecoder
from segmentation_models_pytorch.decoders.pspnet.decoder import PSPDecoder
from segmentation_models_pytorch.decoders.segformer.decoder import SegformerDecoder
from segmentation_models_pytorch.decoders.unet.decoder import UnetDecoder
from segmentation_models_pytorch.decoders.unetplusplus.decoder import UnetPlusPlusDecoder
from segmentation_models_pytorch.decoders.upernet.decoder import UPerNetDecoder
from torch import Tensor, nn

from ..errors import InputError, suggestion
from .convolution import adapt_convolutions

_DEPTH = 5
_ATROUS_RATES = (12, 24, 36)  # Chen et al. 2017, DeepLabv3, at output stride 8
_LINKNET_CHANNELS = 32


@dataclass(frozen=True)
class Decoder:
    """How one decoder is built over an encoder."""

    build: Callable[[list[int], tuple[int, ...], bool], nn.Module]
    """(channels of the encoder's features, decoder channels, centre block) → smp's module. The
    centre block is what smp gives VGG, which ends without one."""
    channels: tuple[int, ...]
    """Default decoder channels, smp's own; the last feed the head unless head_channels is set."""
    head_kernel: int = 3
    """Kernel of the segmentation head."""
    upsampling: int = 1
    """Factor from the decoder's output to the input's size."""
    head_channels: int | None = None
    """Channels the head reads."""
    depth: int = _DEPTH
    """How many strided features of the encoder it uses."""
    output_stride: int = 32
    """Stride of the encoder's deepest feature; below 32 the encoder is dilated."""
    needs_batch_of_two: bool = False
    """It has batch norm over a 1x1 map, which has no variance for a single picture."""


_PYRAMID = (256, 128, 64, 32, 16)

DECODERS: dict[str, Decoder] = {
    "unet": Decoder(
        lambda encoder, channels, centre: UnetDecoder(encoder, channels, add_center_block=centre),
        _PYRAMID,
    ),
    "unetplusplus": Decoder(
        lambda encoder, channels, centre: UnetPlusPlusDecoder(encoder, channels, center=centre),
        _PYRAMID,
    ),
    "manet": Decoder(lambda encoder, channels, _: MAnetDecoder(encoder, channels), _PYRAMID),
    "linknet": Decoder(
        lambda encoder, _, __: LinknetDecoder(encoder, prefinal_channels=_LINKNET_CHANNELS),
        (),
        head_kernel=1,
        head_channels=_LINKNET_CHANNELS,
    ),
    "fpn": Decoder(
        lambda encoder, channels, _: FPNDecoder(
            encoder, pyramid_channels=channels[0], segmentation_channels=channels[1]
        ),
        (256, 128),
        head_kernel=1,
        upsampling=4,
    ),
    "pspnet": Decoder(
        lambda encoder, channels, _: PSPDecoder(encoder, out_channels=channels[0]),
        (512,),
        upsampling=8,
        depth=3,
    ),
    "deeplabv3": Decoder(
        lambda encoder, channels, _: DeepLabV3Decoder(
            encoder[-1], channels[0], _ATROUS_RATES, aspp_separable=False, aspp_dropout=0.5
        ),
        (256,),
        head_kernel=1,
        upsampling=8,
        output_stride=8,
        needs_batch_of_two=True,
    ),
    "deeplabv3plus": Decoder(
        lambda encoder, channels, _: DeepLabV3PlusDecoder(
            encoder,
            encoder_depth=_DEPTH,
            out_channels=channels[0],
            atrous_rates=_ATROUS_RATES,
            output_stride=16,
            aspp_separable=True,
            aspp_dropout=0.5,
        ),
        (256,),
        head_kernel=1,
        upsampling=4,
        output_stride=16,
        needs_batch_of_two=True,
    ),
    "upernet": Decoder(
        lambda encoder, channels, _: UPerNetDecoder(encoder, decoder_channels=channels[0]),
        (256,),
        head_kernel=1,
        upsampling=4,
        needs_batch_of_two=True,
    ),
    "segformer": Decoder(
        lambda encoder, channels, _: SegformerDecoder(encoder, segmentation_channels=channels[0]),
        (256,),
        head_kernel=1,
        upsampling=4,
    ),
}
"""Name → how it is built. ``unet`` over an EfficientNet is Eff-UNet."""


def decoder_for(name: str) -> Decoder:
    """The row of :data:`DECODERS` called ``name``.

    Raises:
        InputError: There is none.
    """
    if name not in DECODERS:
        raise InputError(
            f"there is no decoder {name!r}", where="model.decoder", fix=suggestion(name, DECODERS)
        )
    return DECODERS[name]


def needs_batch_of_two(decoder: str) -> bool:
    """Whether training with ``decoder`` fails on a batch of a single picture."""
    return decoder_for(decoder).needs_batch_of_two


class SegmentationNetwork(nn.Module):
    """Encoder, decoder and segmentation head in a row, named as smp names them."""

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, segmentation_head: nn.Module
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.segmentation_head = segmentation_head

    def forward(self, image: Tensor) -> Tensor:
        """Normalised ``(n, 3, h, w)``, h and w multiples of 32, to logits of the same size."""
        logits: Tensor = self.segmentation_head(self.decoder(self.encoder(image)))
        return logits


def assemble(
    encoder: nn.Module,
    decoder: str,
    *,
    num_classes: int,
    decoder_channels: Sequence[int] | None = None,
    centre: bool = False,
) -> SegmentationNetwork:
    """Put the decoder called ``decoder`` and a new head on ``encoder``.

    Raises:
        InputError: The decoder cannot be built with as many channels, or on this encoder.
    """
    row = decoder_for(decoder)
    channels = _checked_channels(decoder, decoder_channels)
    encoder_channels: Sequence[int] = encoder.out_channels  # type: ignore[assignment]
    try:
        module = row.build(list(encoder_channels), channels, centre)
    except (ValueError, ArithmeticError) as error:  # for example channels that groups do not divide
        raise InputError(
            f"{decoder} cannot be built with these channels",
            where="model.decoder_channels",
            why=f"{list(channels)} over features of {list(encoder_channels)} channels: {error}",
            fix=f"for example {list(row.channels)}, or another decoder",
        ) from error
    head = SegmentationHead(
        row.head_channels or channels[-1],
        num_classes,
        kernel_size=row.head_kernel,
        upsampling=row.upsampling,
    )
    adapt_convolutions(module)
    initialization.initialize_decoder(module)
    initialization.initialize_head(head)
    return SegmentationNetwork(encoder, module, head)


def _checked_channels(decoder: str, given: Sequence[int] | None) -> tuple[int, ...]:
    default = DECODERS[decoder].channels
    if given is None:
        return default
    if len(given) != len(default) or any(count < 1 for count in given):
        raise InputError(
            f"{decoder} takes {len(default)} decoder channels, not {list(given)}",
            where="model.decoder_channels",
            fix=f"for example {list(default)}" if default else "leave model.decoder_channels out",
        )
    return tuple(given)
