import copy

import pytest
import torch
from timm.layers.std_conv import StdConv2d
from torch import Tensor, nn

from effunet.config import ModelConfig
from effunet.labels import LABEL_SPACES
from effunet.models import DECODERS, build_model, for_inference, sync_batch_norms
from effunet.models.speed.fusion import fold_batch_norms
from effunet.models.speed.packing import can_pack, pack_convolutions
from effunet.precision import Precision

from .conftest import segmenter_under


@pytest.mark.parametrize("decoder", DECODERS)
def test_folded_equals_whole(decoder: str) -> None:
    segmenter = segmenter_under(decoder).eval()
    image = torch.randint(0, 256, (1, 3, 50, 70))
    folded = for_inference(segmenter).segmenter
    with torch.no_grad():
        expected, logits = segmenter(image), folded(image)
    assert (logits - expected).abs().max() < 1e-4 * expected.abs().max()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())


@pytest.mark.parametrize("packed", [True, False])
def test_a_norm_is_folded_only_where_nobody_else_reads(packed: bool) -> None:
    torch.manual_seed(0)
    network = _Block().requires_grad_(requires_grad=False).eval()
    network.norm.running_mean.fill_(0.3)  # type: ignore[union-attr]
    network.norm.running_var.fill_(4)  # type: ignore[union-attr]
    image = torch.randn(1, 3, 32, 32)
    expected = network(image)
    fold_batch_norms(network)
    if packed and can_pack(torch.device("cpu")):
        pack_convolutions(network)
    torch.testing.assert_close(network(image), expected, rtol=1e-5, atol=1e-4)
    assert isinstance(network.norm, nn.BatchNorm2d)


class _Block(nn.Module):
    """As in GhostNet v2: the convolution before a norm is also half of a concatenation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, image: Tensor) -> Tensor:
        made = self.conv(image)
        return torch.cat([made, self.norm(made)], dim=1)


def test_a_convolution_that_makes_its_weight_anew_is_not_folded_into() -> None:
    network = nn.Sequential(StdConv2d(3, 4, 3), nn.BatchNorm2d(4))
    fold_batch_norms(network)
    assert isinstance(network[1], nn.BatchNorm2d)


def test_the_original_is_left_as_it_was() -> None:
    segmenter = segmenter_under().train()
    before = copy.deepcopy(segmenter.state_dict())
    for_inference(segmenter)
    assert segmenter.training
    assert segmenter.network.training
    assert all(parameter.requires_grad for parameter in segmenter.parameters())
    after = segmenter.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_weights_are_kept_in_the_precision_they_are_computed_in() -> None:
    precision = Precision("bf16", channels_last=True, reason="test")
    segmenter = segmenter_under().eval().use_precision(precision)
    folded = for_inference(segmenter).segmenter
    weight = folded.network.state_dict()["encoder.conv_stem.weight"]
    assert weight.dtype == torch.bfloat16
    assert weight.is_contiguous(memory_format=torch.channels_last)
    image = torch.randint(0, 256, (1, 3, 64, 64))
    with torch.no_grad():
        expected, logits = segmenter(image), folded(image)
    assert logits.dtype == torch.float32
    assert (logits - expected).norm() < 0.05 * expected.norm()


def test_synced_norms_keep_their_activations_and_fold_like_others() -> None:
    model = ModelConfig(variant="b0", weights="none", decoder_channels=(16, 16, 8, 8, 8))
    segmenter, _ = build_model(model, label_space=LABEL_SPACES["idd_lite"], input_scale=1.0)
    image = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    with torch.no_grad():
        expected = segmenter.eval()(image)
        sync_batch_norms(segmenter)
        assert torch.equal(segmenter(image), expected)
        assert any(isinstance(module, nn.SyncBatchNorm) for module in segmenter.modules())
        folded = for_inference(segmenter).segmenter
        assert not any(isinstance(module, nn.SyncBatchNorm) for module in folded.modules())
        torch.testing.assert_close(folded(image), expected)
