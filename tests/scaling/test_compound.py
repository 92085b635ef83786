import pytest

from effunet.scaling import VARIANTS, compound, round_channels, round_repeats
from effunet.scaling.compound import ALPHA, BETA, GAMMA


def test_one_more_phi_doubles_the_work() -> None:
    assert pytest.approx(2, rel=0.05) == ALPHA * BETA**2 * GAMMA**2


def test_phi_zero_is_b0() -> None:
    scaling = compound(0)
    b0 = VARIANTS["b0"]
    assert (scaling.depth_multiplier, scaling.channel_multiplier, scaling.resolution) == (
        b0.depth_multiplier,
        b0.channel_multiplier,
        b0.resolution,
    )


def test_phi_one_has_the_multipliers_of_b2_not_of_b1() -> None:
    scaling = compound(1)
    b2 = VARIANTS["b2"]
    assert scaling.depth_multiplier == pytest.approx(b2.depth_multiplier)
    assert scaling.channel_multiplier == pytest.approx(b2.channel_multiplier)
    assert scaling.resolution == 258  # B2's published 260 is rounded further


@pytest.mark.parametrize(
    ("channels", "multiplier", "rounded"),
    [(32, 1.0, 32), (24, 1.1, 24), (40, 1.1, 48), (1280, 1.1, 1408), (16, 0.1, 8), (12, 1.0, 16)],
)
def test_channels_of_the_published_networks(channels: int, multiplier: float, rounded: int) -> None:
    assert round_channels(channels, multiplier) == rounded


def test_channels_are_multiples_of_eight_and_lose_at_most_a_tenth() -> None:
    for channels in (8, 16, 24, 40, 80, 112, 192, 320, 1280):
        for tenths in range(1, 31):
            rounded = round_channels(channels, tenths / 10)
            assert rounded % 8 == 0
            assert rounded >= 0.9 * channels * tenths / 10
            assert rounded < max(channels * tenths / 10 + 8, 16)


def test_repeats_round_up() -> None:
    assert [round_repeats(repeats, 1.1) for repeats in (1, 2, 3, 4)] == [2, 3, 4, 5]
    assert round_repeats(3, 1.0) == 3
