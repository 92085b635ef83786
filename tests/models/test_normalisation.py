import pytest
import timm
from segmentation_models_pytorch.encoders import get_encoder_names

from effunet.models.normalisation import (
    IMAGENET,
    INCEPTION,
    LITE,
    normalisation_for_encoder,
    normalisation_for_scaling,
)
from effunet.scaling import VARIANTS, compound


def test_lite_was_trained_with_its_own_statistics() -> None:
    assert normalisation_for_scaling(VARIANTS["lite0"]) == LITE
    assert LITE.mean == (127 / 255, 127 / 255, 127 / 255)
    assert LITE.std == (128 / 255, 128 / 255, 128 / 255)


def test_b_uses_imagenets_as_its_hub_weights_do() -> None:
    for scaling in (VARIANTS["b0"], VARIANTS["b7"], compound(1.5)):
        assert normalisation_for_scaling(scaling) == IMAGENET
    for index in range(8):
        published = timm.get_pretrained_cfg(f"tf_efficientnet_b{index}.aa_in1k")
        assert published is not None
        assert published.mean == IMAGENET.mean


@pytest.mark.parametrize(
    ("name", "mean"),
    [
        ("resnet18", IMAGENET.mean),
        ("mit_b0", IMAGENET.mean),
        ("inceptionv4", INCEPTION.mean),
        ("dpn68", (124 / 255, 117 / 255, 104 / 255)),
        ("tu-resnet18", IMAGENET.mean),
        ("tu-tf_efficientnet_b0.ap_in1k", INCEPTION.mean),
        ("tu-tf_efficientnetv2_b0", IMAGENET.mean),
    ],
)
def test_each_encoder_has_its_own(name: str, mean: tuple[float, float, float]) -> None:
    assert normalisation_for_encoder(name).mean == pytest.approx(mean)


def test_every_smp_encoder_has_one_without_a_network() -> None:
    for name in get_encoder_names():
        mean, std = normalisation_for_encoder(name)
        assert len(mean) == len(std) == 3
        assert all(0 < value < 1 for value in (*mean, *std))
