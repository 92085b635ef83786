"""From the ``model`` section of a configuration to a segmenter."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..config import ModelConfig
from ..errors import InputError
from ..labels import LabelSpace
from ..scaling import Scaling, scaling_for
from .architectures import SegmentationNetwork, assemble, decoder_for
from .encoder import EfficientNetEncoder, least_tensors
from .foreign_encoder import build_foreign_encoder
from .normalisation import normalisation_for_encoder, normalisation_for_scaling
from .probe import PROBE_SIDE, probe
from .segmenter import Segmenter
from .unread import drop_unread
from .weights.matching import WeightsReport
from .weights.starting import load_weights

DEFAULT_VARIANT = "lite0"
_FOREIGN_CROP = (224, 224)  # what most encoders were trained at
_UNREAD_AT_MOST = 1 << 27
"""Numbers of a network, half a gigabyte, up to which any share of them may be unread."""


def build_model(
    model: ModelConfig, *, label_space: LabelSpace, input_scale: float | None, load: bool = True
) -> tuple[Segmenter, WeightsReport | None]:
    """The segmenter that ``model`` describes, and what its weights filled.

    Args:
        model: The ``model`` section.
        label_space: Gives the number of classes.
        input_scale: Factor on height and width before the network; None leaves it to the run that
            the weights come from, and is 1 without one.
        load: False leaves the weights random, for a checkpoint to fill.

    Raises:
        InputError: The section contradicts itself, or its weights cannot be read.
    """
    scale = 1.0 if input_scale is None else input_scale
    segmenter = _build_segmenter(model, label_space.num_classes, scale)
    if not load or model.weights == "none":
        return segmenter, None
    return segmenter, load_weights(
        segmenter,
        model.weights,
        label_space=label_space,
        keep_input_scale=input_scale is not None,
        variant=_variant(model),
        encoder=model.encoder,
    )


def find_misfit(
    model: ModelConfig, *, label_space: LabelSpace, state: Mapping[str, Tensor]
) -> str | None:
    """Why a file's tensors cannot be those of the network that ``model`` describes, or None.

    The network is laid out without memory for its tensors, so that a description of a gigantic one
    costs none. What only computing shows is left to building it.

    Raises:
        InputError: The section contradicts itself.
    """
    scaling = model_scaling(model)
    least = least_tensors(scaling, depth=decoder_for(model.decoder).depth) if scaling else 0
    if len(state) < least:
        return f"it has {len(state)} tensors, the encoder alone more than {least}"
    try:
        with torch.device("meta"):
            network = _lay_out(model, label_space.num_classes)
    except InputError as error:
        if "meta tensors" in str(error.__cause__):  # a few of smp's encoders compute while built
            return None
        raise
    places = network.state_dict()
    for name, tensor in state.items():
        if name not in places:
            return f"it has no place for {name}"[:200]
        if tensor.shape != places[name].shape:
            return f"{name} is {list(tensor.shape)}, and not {list(places[name].shape)}"
        if tensor.is_floating_point() != places[name].is_floating_point():
            return f"{name} is {tensor.dtype}, and not {places[name].dtype}"
    missing = [name for name in places if name not in state]
    if missing and model.encoder is None:
        return f"{missing[0]} is missing"
    # of a foreign encoder the layers that nothing reads are left out, and with them their tensors
    size, saved = (sum(tensor.numel() for tensor in of.values()) for of in (places, state))
    if size > max(_UNREAD_AT_MOST, 4 * saved):
        return f"{len(missing)} of its {len(places)} tensors are missing"
    return None


def default_crop(model: ModelConfig) -> tuple[int, int]:
    """Training crop (height, width) if none is given: multiples of the stride."""
    scaling = model_scaling(model)
    return scaling.default_crop if scaling else _FOREIGN_CROP


def model_scaling(model: ModelConfig) -> Scaling | None:
    """The scaling of the variant, or None for a foreign encoder.

    Raises:
        InputError: Both a variant and an encoder are given, or the variant is unknown.
    """
    if model.encoder is not None and model.variant is not None:
        raise InputError(
            f"model.variant {model.variant!r} and model.encoder {model.encoder!r} are both given",
            where="model",
            why="each of them names the whole encoder",
            fix="leave one of them out",
        )
    return None if model.encoder is not None else scaling_for(_variant(model))


def _variant(model: ModelConfig) -> str:
    return model.variant or DEFAULT_VARIANT


def _build_segmenter(model: ModelConfig, num_classes: int, input_scale: float) -> Segmenter:
    network = _lay_out(model, num_classes)
    scaling = model_scaling(model)
    if scaling is None:
        _drop_and_probe(network, model)
        mean, std = normalisation_for_encoder(model.encoder or "")
    else:
        mean, std = normalisation_for_scaling(scaling)
    return Segmenter(
        network,
        mean=mean,
        std=std,
        input_scale=input_scale,
        output_reduction=model.output_reduction,
        name=f"{model.encoder or _variant(model)} under {model.decoder}",
    )


def _lay_out(model: ModelConfig, num_classes: int) -> SegmentationNetwork:
    """Encoder, decoder and head, a foreign encoder's with all of its layers.

    Raises:
        InputError: The section contradicts itself.
    """
    row, scaling = decoder_for(model.decoder), model_scaling(model)
    encoder: nn.Module
    if scaling is None:
        encoder = build_foreign_encoder(
            model.encoder or "", depth=row.depth, output_stride=row.output_stride
        )
    else:
        encoder = EfficientNetEncoder(scaling, depth=row.depth, output_stride=row.output_stride)
    try:
        return assemble(
            encoder,
            model.decoder,
            num_classes=num_classes,
            decoder_channels=model.decoder_channels,
            output_reduction=model.output_reduction,
            centre=(model.encoder or "").startswith("vgg"),
        )
    except InputError:
        raise
    except Exception as error:  # smp's modules raise whatever they run into
        if scaling is not None:
            raise
        raise _misfit(model, str(error)) from error


def _drop_and_probe(network: SegmentationNetwork, model: ModelConfig) -> None:
    """Any encoder under any decoder: what does not fit shows in a first pass."""
    try:
        drop_unread(network)
        side = PROBE_SIDE // model.output_reduction
        fits = probe(network).shape[-2:] == (side, side)
    except Exception as error:  # smp's and timm's modules raise whatever they run into
        raise _misfit(model, str(error)) from error
    if not fits:
        raise _misfit(model, "its logits have another size than they should")


def _misfit(model: ModelConfig, why: str) -> InputError:
    return InputError(
        f"the decoder {model.decoder} does not fit the encoder {model.encoder}",
        where="model",
        why=(why.strip().splitlines() or ["no reason given"])[0],
        fix="choose another encoder or decoder; unet and fpn fit most",
    )
