"""Decoders over one encoder protocol: a visible table over smp's decoder modules."""

import re
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
_MOST_CHANNELS = 8192  # of a stage; the widest encoders end in about 4000

OUTPUT_REDUCTIONS = (1, 2, 4)
"""Factors by which logits may be smaller than the picture."""


@dataclass(frozen=True)
class Decoder:
    """How one decoder is built over an encoder."""

    build: Callable[[list[int], tuple[int, ...], bool], nn.Module]
    """(channels of the encoder's features, decoder channels, centre block) → smp's module. The
    centre block is what smp gives VGG, which ends without one."""
    channels: tuple[int, ...]
    """Default decoder channels, smp's own; the last feed the head unless head_channels is set."""
    doubles: bool = False
    """The channels are those of stages that each double the size, so that the last can be left
    out."""
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


def _unetplusplus(encoder: list[int], channels: tuple[int, ...], centre: bool) -> nn.Module:
    """Its last block only doubles the size; without it there is still one for each feature."""
    is_whole = len(channels) == len(_PYRAMID)
    stages = channels if is_whole else (*channels, channels[-1])
    decoder: nn.Module = UnetPlusPlusDecoder(encoder, stages, n_blocks=len(stages), center=centre)
    if not is_whole:
        decoder.get_submodule("blocks").add_module(f"x_0_{len(channels)}", nn.Identity())
    return decoder


DECODERS: dict[str, Decoder] = {
    "unet": Decoder(
        lambda encoder, channels, centre: UnetDecoder(
            encoder, channels, n_blocks=len(channels), add_center_block=centre
        ),
        _PYRAMID,
        doubles=True,
    ),
    "unetplusplus": Decoder(_unetplusplus, _PYRAMID, doubles=True),
    "manet": Decoder(
        lambda encoder, channels, _: MAnetDecoder(encoder, channels, n_blocks=len(channels)),
        _PYRAMID,
        doubles=True,
    ),
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
        spelled = re.sub(r"[-_ ]", "", name.lower().replace("+", "plus"))  # unet++, DeepLabV3+
        raise InputError(
            f"there is no decoder {name!r}",
            where="model.decoder",
            fix=suggestion(spelled, DECODERS),
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
        """Normalised ``(n, 3, h, w)``, h and w multiples of 32, to logits.

        They have the same size, or that divided by the output reduction.
        """
        logits: Tensor = self.segmentation_head(self.decoder(self.encoder(image)))
        return logits


def assemble(
    encoder: nn.Module,
    decoder: str,
    *,
    num_classes: int,
    decoder_channels: Sequence[int] | None = None,
    output_reduction: int = 1,
    centre: bool = False,
) -> SegmentationNetwork:
    """Put the decoder called ``decoder`` and a new head on ``encoder``.

    Raises:
        InputError: The decoder cannot be built with as many channels, on this encoder, or cannot
            stop at this reduction.
    """
    row = decoder_for(decoder)
    left_out = _check_reduction(decoder, output_reduction)
    channels = _checked_channels(decoder, decoder_channels, left_out=left_out)
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
        upsampling=max(1, row.upsampling // output_reduction),
    )
    adapt_convolutions(module)
    initialization.initialize_decoder(module)
    initialization.initialize_head(head)
    return SegmentationNetwork(encoder, module, head)


def _check_reduction(decoder: str, output_reduction: int) -> int:
    """Stages of the decoder that are left out for its logits to be smaller by this factor."""
    if output_reduction not in OUTPUT_REDUCTIONS:
        raise InputError(
            f"model.output_reduction cannot be {output_reduction}",
            where="model.output_reduction",
            why=f"it is one of {list(OUTPUT_REDUCTIONS)}",
            fix="2 halves height and width of the logits, 1 leaves them at the pictures' size",
        )
    row = DECODERS[decoder]
    if not row.doubles and row.upsampling % output_reduction:
        able = [name for name, of in DECODERS.items() if of.doubles or of.upsampling > 1]
        raise InputError(
            f"the decoder {decoder} cannot stop at 1/{output_reduction} of the picture's size",
            where="model.output_reduction",
            why="its last layers are made for the full size",
            fix=f"leave model.output_reduction out, or choose one of {', '.join(able)}",
        )
    return OUTPUT_REDUCTIONS.index(output_reduction) if row.doubles else 0


def _checked_channels(
    decoder: str, given: Sequence[int] | None, *, left_out: int
) -> tuple[int, ...]:
    """Of the stages that are built; ``given`` may name those left out too."""
    default = DECODERS[decoder].channels
    built = len(default) - left_out
    channels = default if given is None else tuple(given)
    in_range = all(1 <= count <= _MOST_CHANNELS for count in channels)
    if len(channels) not in {built, len(default)} or not in_range:
        raise InputError(
            f"{decoder} takes {built} decoder channels, not {list(channels)}"[:200],
            where="model.decoder_channels",
            why=f"{left_out} of its {len(default)} stages are left out"
            if left_out and in_range
            else f"each of them is a number, 1 to {_MOST_CHANNELS}",
            fix=f"for example {list(default[:built])}"
            if default
            else "leave model.decoder_channels out",
        )
    return channels[:built]
