import warnings

import pytest
import torch

from effunet.config import ModelConfig
from effunet.errors import InputError
from effunet.labels import LABEL_SPACES
from effunet.models import DECODERS, Segmenter, build_model, default_crop
from effunet.models.convolution import AdaptedConv2d
from effunet.models.encoder import EfficientNetEncoder

CAMVID = LABEL_SPACES["camvid"]


def _build(model: ModelConfig) -> Segmenter:
    segmenter, _ = build_model(model, label_space=CAMVID, input_scale=1)
    return segmenter


def test_the_label_space_gives_the_classes() -> None:
    segmenter = _build(ModelConfig(weights="none")).eval()
    with torch.no_grad():
        assert segmenter(torch.zeros(1, 3, 32, 32)).shape == (1, CAMVID.num_classes, 32, 32)


def test_left_out_the_variant_is_lite0() -> None:
    state = _build(ModelConfig(weights="none")).state_dict()
    assert state.keys() == _build(ModelConfig(variant="lite0", weights="none")).state_dict().keys()


def test_variant_and_encoder_together_are_refused() -> None:
    with pytest.raises(InputError, match="both given"):
        _build(ModelConfig(variant="b0", encoder="resnet18", weights="none"))


def test_load_false_touches_no_weights() -> None:
    segmenter, report = build_model(
        ModelConfig(weights="/nowhere"), label_space=CAMVID, input_scale=1, load=False
    )
    assert report is None
    assert isinstance(segmenter.network.encoder, EfficientNetEncoder)


@pytest.mark.parametrize(
    ("model", "crop"),
    [
        (ModelConfig(), (224, 224)),
        (ModelConfig(variant="b7"), (608, 608)),
        (ModelConfig(variant="lite4"), (320, 320)),
        (ModelConfig(encoder="resnet18"), (224, 224)),
    ],
)
def test_default_crop_follows_the_variant(model: ModelConfig, crop: tuple[int, int]) -> None:
    assert default_crop(model) == crop


@pytest.mark.parametrize(
    "encoder", ["resnet18", "mobilenet_v2", "mit_b0", "tu-resnet18", "tu-convnext_atto"]
)
def test_any_smp_or_timm_encoder_works(encoder: str) -> None:
    segmenter = _build(ModelConfig(encoder=encoder, weights="none")).eval()
    with torch.no_grad():
        assert segmenter(torch.zeros(1, 3, 40, 70)).shape == (1, CAMVID.num_classes, 40, 70)


def test_a_foreign_tensorflow_encoder_gets_constant_padding_too() -> None:
    segmenter = _build(ModelConfig(encoder="tu-tf_efficientnetv2_b0", weights="none"))
    stem = segmenter.network.get_submodule("encoder.model.conv_stem")
    assert isinstance(stem, AdaptedConv2d)


def test_deprecated_names_work_without_a_word() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _build(ModelConfig(encoder="timm-efficientnet-b0", weights="none"))


@pytest.mark.parametrize(
    ("encoder", "nearest"),
    [
        ("resnet81", "resnet18"),
        ("tu-resnett18", "tu-resnet18"),
        ("timm-regnetx_002", "tu-regnetx_002"),
        ("convnext_tiny", "tu-convnext_tiny"),
        ("convnext_tinny", "tu-convnext_tiny"),
        ("convnext_tiny.fb_in1k", "tu-convnext_tiny"),
    ],
)
def test_an_unknown_encoder_names_the_nearest(encoder: str, nearest: str) -> None:
    with pytest.raises(InputError, match=f"did you mean {nearest}"):
        _build(ModelConfig(encoder=encoder, weights="none"))


@pytest.mark.parametrize(
    ("encoder", "decoder"),
    [
        ("vgg11", "deeplabv3"),  # cannot be dilated
        ("tu-vit_tiny_patch16_224", "unet"),  # has a single stride
        ("tu-swin_tiny_patch4_window7_224", "unet"),  # takes one size only
    ],
)
def test_what_does_not_fit_is_said_at_once(encoder: str, decoder: str) -> None:
    with pytest.raises(InputError, match="choose another encoder or decoder"):
        _build(ModelConfig(encoder=encoder, decoder=decoder, weights="none"))


@pytest.mark.parametrize("decoder", DECODERS)
def test_every_decoder_fits_a_foreign_encoder(decoder: str) -> None:
    segmenter = _build(ModelConfig(encoder="resnet18", decoder=decoder, weights="none")).eval()
    with torch.no_grad():
        assert segmenter(torch.zeros(1, 3, 50, 64)).shape == (1, CAMVID.num_classes, 50, 64)


@pytest.mark.parametrize(("encoder", "has"), [("vgg11", True), ("resnet18", False)])
def test_only_vgg_gets_a_centre_block(encoder: str, has: bool) -> None:
    state = _build(ModelConfig(encoder=encoder, weights="none")).state_dict()
    assert any("decoder.center." in name for name in state) == has
