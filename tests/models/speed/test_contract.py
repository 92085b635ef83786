"""Fast layers give the plain layers' numbers, whatever the encoder and the decoder."""

import pytest

from benchmarks.encoder_contract import compare_layers, networks
from effunet.models.speed.fast import TOLERANCE

QUICK = ("lite0", "resnet18", "tu-ghostnetv2_100", "tu-repghostnet_050")


@pytest.mark.parametrize(
    ("encoder", "decoder"),
    [
        pytest.param(encoder, decoder, marks=pytest.mark.slow)
        if (encoder, decoder) not in {(name, "unet") for name in QUICK}
        else (encoder, decoder)
        for encoder, decoder in networks()
    ],
)
def test_fast_equals_plain(encoder: str, decoder: str) -> None:
    row = compare_layers(encoder, decoder)
    assert row.difference <= max(TOLERANCE, 3 * row.rounding)
    assert row.changed <= 1e-3
    assert "folding" in row.steps


def test_the_table_holds_every_decoder_and_forty_encoders() -> None:
    assert len({encoder for encoder, decoder in networks() if decoder == "unet"}) >= 40
    assert len({decoder for _, decoder in networks()}) == 10
