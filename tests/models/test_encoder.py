import pytest
import timm
import torch
from timm.layers.conv2d_same import Conv2dSame
from torch import nn

from effunet.models import EfficientNetEncoder, build_classifier
from effunet.scaling import VARIANTS, scaling_for

PUBLISHED_PARAMETERS = {  # millions, with the classifier
    "b0": 5.29,
    "b1": 7.79,
    "b2": 9.11,
    "b3": 12.23,
    "b4": 19.34,
    "b5": 30.39,
    "b6": 43.04,
    "b7": 66.35,
    "lite0": 4.65,
    "lite1": 5.42,
    "lite2": 6.09,
    "lite3": 8.20,
    "lite4": 13.01,
}


@pytest.mark.parametrize(("variant", "millions"), PUBLISHED_PARAMETERS.items())
def test_parameter_counts_are_the_published_ones(variant: str, millions: float) -> None:
    with torch.device("meta"):
        classifier = build_classifier(VARIANTS[variant])
    count = sum(parameter.numel() for parameter in classifier.parameters())
    assert round(count / 1e6, 2) == millions


@pytest.mark.parametrize("variant", ["b0", "b2", "lite0", "lite3"])
def test_outputs_equal_timms_with_dynamic_padding(variant: str) -> None:
    torch.manual_seed(0)
    theirs = timm.create_model(f"tf_efficientnet_{variant}").eval()
    ours = build_classifier(VARIANTS[variant]).eval()
    ours.load_state_dict(theirs.state_dict())
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        assert torch.equal(ours(image), theirs(image))


def test_encoder_features_equal_timms() -> None:
    torch.manual_seed(0)
    theirs = timm.create_model("tf_efficientnet_b0", features_only=True).eval()
    encoder = EfficientNetEncoder(VARIANTS["b0"]).eval()
    encoder.load_state_dict(theirs.state_dict())
    image = torch.randn(1, 3, 96, 64)
    with torch.no_grad():
        features = encoder(image)
        assert torch.equal(features[0], image)
        for ours, expected in zip(features[1:], theirs(image), strict=True):
            assert torch.equal(ours, expected)


def test_b7_has_the_published_feature_channels() -> None:
    with torch.device("meta"):
        encoder = EfficientNetEncoder(VARIANTS["b7"])
    assert encoder.out_channels == [3, 32, 48, 80, 224, 640]


@pytest.mark.parametrize("variant", ["b0", "lite4", "phi=0.5", "phi=-2"])
def test_features_have_the_promised_strides_and_channels(variant: str) -> None:
    with torch.device("meta"):
        encoder = EfficientNetEncoder(scaling_for(variant)).eval()
        features = encoder(torch.empty(1, 3, 64, 128))
    assert [tuple(feature.shape) for feature in features] == [
        (1, channels, 64 // stride, 128 // stride)
        for channels, stride in zip(encoder.out_channels, (1, 2, 4, 8, 16, 32), strict=True)
    ]


def test_depth_leaves_later_stages_out() -> None:
    with torch.device("meta"):
        encoder = EfficientNetEncoder(VARIANTS["b0"], depth=3)
        features = encoder(torch.empty(1, 3, 64, 64))
    assert encoder.output_stride == 8
    assert encoder.out_channels == [3, 16, 24, 40]
    assert len(features) == 4
    assert len(encoder.blocks) == 3


@pytest.mark.parametrize("output_stride", [8, 16])
def test_dilated_encoder_keeps_its_resolution_and_names(output_stride: int) -> None:
    with torch.device("meta"):
        encoder = EfficientNetEncoder(VARIANTS["lite0"], output_stride=output_stride)
        features = encoder(torch.empty(1, 3, 64, 64))
        plain = EfficientNetEncoder(VARIANTS["lite0"])
    assert features[-1].shape[-1] == 64 // output_stride
    assert encoder.output_stride == output_stride
    assert encoder.state_dict().keys() == plain.state_dict().keys()


def _kinds(variant: str) -> set[str]:
    with torch.device("meta"):
        encoder = EfficientNetEncoder(VARIANTS[variant])
    return {type(module).__name__ for module in encoder.modules()}


def test_b_has_excitation_and_swish_and_lite_has_neither() -> None:
    assert {"SqueezeExcite", "SiLU"} <= _kinds("b0")
    assert "ReLU6" not in _kinds("b0")
    assert "ReLU6" in _kinds("lite0")
    assert not {"SqueezeExcite", "SiLU"} & _kinds("lite0")


def _repeats(variant: str) -> list[int]:
    with torch.device("meta"):
        blocks = build_classifier(VARIANTS[variant]).blocks
    return [len(list(stage.children())) for stage in blocks]


def test_lite_leaves_stem_head_and_outer_stages_unscaled() -> None:
    assert _repeats("b4") == [2, 4, 4, 6, 6, 8, 2]
    assert _repeats("lite4") == [1, 4, 4, 6, 6, 8, 1]
    with torch.device("meta"):
        b4, lite4 = (build_classifier(VARIANTS[name]) for name in ("b4", "lite4"))
    assert (b4.conv_stem.out_channels, b4.num_features) == (48, 1792)
    assert (lite4.conv_stem.out_channels, lite4.num_features) == (32, 1280)


def test_batch_norm_has_tensorflows_epsilon_and_no_padding_is_dynamic() -> None:
    with torch.device("meta"):
        encoder = EfficientNetEncoder(VARIANTS["b0"])
    norms = [module for module in encoder.modules() if isinstance(module, nn.BatchNorm2d)]
    assert {norm.eps for norm in norms} == {1e-3}
    assert not any(isinstance(module, Conv2dSame) for module in encoder.modules())


def test_drop_path_rises_to_a_fifth() -> None:
    with torch.device("meta"):
        encoder = EfficientNetEncoder(VARIANTS["b0"])
    rates = [
        module.drop_prob
        for module in encoder.modules()
        if type(module).__name__ == "DropPath" and isinstance(module.drop_prob, float)
    ]
    assert rates == sorted(rates)
    assert 0.15 < rates[-1] <= 0.2
