import pytest

from effunet.errors import InputError
from effunet.scaling import VARIANTS, scaling_for


def test_published_resolutions() -> None:
    resolutions = {name: scaling.resolution for name, scaling in VARIANTS.items()}
    assert resolutions == {
        "b0": 224,
        "b1": 240,
        "b2": 260,
        "b3": 300,
        "b4": 380,
        "b5": 456,
        "b6": 528,
        "b7": 600,
        "lite0": 224,
        "lite1": 240,
        "lite2": 260,
        "lite3": 280,
        "lite4": 300,
    }


def test_every_variant_knows_its_name_and_family() -> None:
    for name, scaling in VARIANTS.items():
        assert scaling.name == name
        assert scaling.lite == name.startswith("lite")


@pytest.mark.parametrize("variant", [*VARIANTS, "phi=1.5", "phi=-1"])
def test_default_crop_is_the_resolution_rounded_up_to_the_stride(variant: str) -> None:
    scaling = scaling_for(variant)
    height, width = scaling.default_crop
    assert height == width
    assert height % 32 == 0
    assert 0 <= height - scaling.resolution < 32


def test_phi_follows_the_formula() -> None:
    scaling = scaling_for("phi=1.5")
    assert scaling.name == "phi=1.5"
    assert scaling.depth_multiplier == pytest.approx(1.2**1.5)
    assert scaling.channel_multiplier == pytest.approx(1.1**1.5)
    assert not scaling.lite


@pytest.mark.parametrize(
    ("variant", "nearest"),
    [
        ("lite5", "lite"),
        ("B3", "b3"),
        ("phi1.5", "phi=1.5"),
        ("efficientnet-b0", "b0"),
        ("tf_efficientnet_lite0", "lite0"),
    ],
)
def test_an_unknown_variant_names_the_nearest(variant: str, nearest: str) -> None:
    with pytest.raises(InputError, match=f"did you mean {nearest}"):
        scaling_for(variant)


@pytest.mark.parametrize("variant", ["phi=", "phi=one", "phi=nan", "phi=99", "phi=-9"])
def test_a_phi_that_is_no_sane_number_is_refused(variant: str) -> None:
    with pytest.raises(InputError, match="compound coefficient"):
        scaling_for(variant)
