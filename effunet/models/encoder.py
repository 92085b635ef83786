"""One EfficientNet for B0…B7, Lite0…Lite4 and every φ, built on timm's blocks."""

from functools import partial
from typing import NamedTuple

from timm.models._efficientnet_builder import decode_arch_def
from timm.models.efficientnet import EfficientNet
from torch import Tensor, nn

from ..scaling import Scaling, round_channels, round_repeats
from .convolution import adapt_convolutions

IN_CHANNELS = 3
BATCH_NORM_EPSILON = 1e-3  # TensorFlow's; published weights were trained with it


class _Stage(NamedTuple):
    block: str  # ds: depthwise separable, ir: inverted residual (MBConv)
    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


# Tan & Le 2019, table 1 (EfficientNet-B0).
_STAGES = (
    _Stage("ds", 1, 3, 1, 1, 16),
    _Stage("ir", 2, 3, 2, 6, 24),
    _Stage("ir", 2, 5, 2, 6, 40),
    _Stage("ir", 3, 3, 2, 6, 80),
    _Stage("ir", 3, 5, 1, 6, 112),
    _Stage("ir", 4, 5, 2, 6, 192),
    _Stage("ir", 1, 3, 1, 6, 320),
)
_TENSORS_OF_BLOCK = 12  # of the smallest: two convolutions and five for each of two batch norms
_STEM_CHANNELS, _HEAD_CHANNELS = 32, 1280
_FEATURE_STAGES = (0, 1, 2, 4, 6)  # the last stage before each halving, and the end


def build_classifier(
    scaling: Scaling, *, num_classes: int = 1000, output_stride: int = 32
) -> EfficientNet:
    """The published classification network with constant padding.

    Its parameter names are those of timm's ``tf_efficientnet_*``, so that its weights fit.
    """
    scaled = partial(round_channels, multiplier=scaling.channel_multiplier)
    network = EfficientNet(
        decode_arch_def(_block_strings(scaling)),  # type: ignore[no-untyped-call]
        num_classes=num_classes,
        num_features=_HEAD_CHANNELS if scaling.lite else scaled(_HEAD_CHANNELS),
        stem_size=_STEM_CHANNELS,
        fix_stem=scaling.lite,
        output_stride=output_stride,
        pad_type="same",
        act_layer=nn.ReLU6 if scaling.lite else nn.SiLU,
        norm_layer=partial(nn.BatchNorm2d, eps=BATCH_NORM_EPSILON),
        round_chs_fn=scaled,
        drop_rate=scaling.dropout,
        drop_path_rate=scaling.drop_path,
    )
    adapt_convolutions(network)
    return network


def _block_strings(scaling: Scaling) -> list[list[str]]:
    excitation = "" if scaling.lite else "_se0.25"
    return [
        [
            f"{stage.block}_r{repeats}_k{stage.kernel}_s{stage.stride}"
            f"_e{stage.expansion}_c{stage.channels}{excitation}"
        ]
        for stage, repeats in zip(_STAGES, _stage_repeats(scaling), strict=True)
    ]


def _stage_repeats(scaling: Scaling) -> list[int]:
    repeats = [round_repeats(stage.repeats, scaling.depth_multiplier) for stage in _STAGES]
    if scaling.lite:  # the Lite variants leave the first and the last stage as they are
        repeats[0], repeats[-1] = _STAGES[0].repeats, _STAGES[-1].repeats
    return repeats


def least_tensors(scaling: Scaling, *, depth: int) -> int:
    """A number of tensors that the encoder has at least, found without building it."""
    blocks = sum(_stage_repeats(scaling)[: _FEATURE_STAGES[depth - 1] + 1])
    return _TENSORS_OF_BLOCK * blocks


class EfficientNetEncoder(nn.Module):
    """Features at strides 1 (the input), 2, 4, 8, 16 and 32, by smp's encoder protocol."""

    def __init__(self, scaling: Scaling, *, depth: int = 5, output_stride: int = 32) -> None:
        """Build it with random weights.

        Args:
            scaling: Depth, width and family.
            depth: How many of the strided features to compute; later stages are left out.
            output_stride: 8 or 16 dilate the last stages instead of striding them.
        """
        super().__init__()
        classifier = build_classifier(scaling, num_classes=0, output_stride=output_stride)
        self._feature_stages = _FEATURE_STAGES[:depth]
        self.conv_stem = classifier.conv_stem
        self.bn1 = classifier.bn1
        self.blocks = classifier.blocks[: self._feature_stages[-1] + 1]
        self.output_stride = min(output_stride, 2**depth)
        self.out_channels = [
            IN_CHANNELS,
            *(classifier.feature_info[index]["num_chs"] for index in range(depth)),
        ]

    def forward(self, image: Tensor) -> list[Tensor]:
        """Normalised ``(n, 3, h, w)``, h and w multiples of 32, to one tensor a stride."""
        features = [image]
        hidden = self.bn1(self.conv_stem(image))
        for index, stage in enumerate(self.blocks):
            hidden = stage(hidden)
            if index in self._feature_stages:
                features.append(hidden)
        return features
