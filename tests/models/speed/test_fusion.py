import copy

import pytest
import torch
from torch import nn

from effunet.config import ModelConfig
from effunet.labels import LABEL_SPACES
from effunet.models import DECODERS, Segmenter, build_model, for_inference, sync_batch_norms
from effunet.models.speed.packing import PackedConv2d, can_pack, pack_convolutions
from effunet.precision import Precision


def _segmenter(decoder: str = "unet") -> Segmenter:
    torch.manual_seed(0)
    segmenter, _ = build_model(
        ModelConfig(variant="phi=-3", weights="none", decoder=decoder),
        label_space=LABEL_SPACES["idd_lite"],
        input_scale=1,
    )
    for module in segmenter.modules():  # so that each batch norm does something
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            assert module.running_mean is not None
            assert module.running_var is not None
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return segmenter


@pytest.mark.parametrize("decoder", DECODERS)
def test_folded_equals_whole(decoder: str) -> None:
    segmenter = _segmenter(decoder).eval()
    image = torch.randint(0, 256, (1, 3, 50, 70))
    folded = for_inference(segmenter)
    with torch.no_grad():
        expected, logits = segmenter(image), folded(image)
    assert (logits - expected).abs().max() < 1e-4 * expected.abs().max()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())


@pytest.mark.skipif(not can_pack(torch.device("cpu")), reason="for x86 processors only")
@pytest.mark.parametrize("decoder", DECODERS)
def test_packed_equals_whole_at_every_size(decoder: str) -> None:
    precision = Precision("32", channels_last=True, reason="test")
    segmenter = _segmenter(decoder).eval().use_precision(precision)
    packed = for_inference(segmenter)
    assert any(isinstance(module, PackedConv2d) for module in packed.modules())
    with torch.no_grad():
        for n, height, width in ((1, 50, 70), (2, 50, 70), (1, 33, 100), (1, 50, 70)):
            packed = copy.deepcopy(packed)  # a packed weight itself cannot be copied
            image = torch.randint(0, 256, (n, 3, height, width))
            expected, logits = segmenter(image), packed(image)
            assert (logits - expected).abs().max() < 1e-4 * expected.abs().max()


@pytest.mark.skipif(not can_pack(torch.device("cpu")), reason="for x86 processors only")
@pytest.mark.parametrize("activation", [nn.ReLU, nn.ReLU6, nn.SiLU])
@pytest.mark.parametrize("inplace", [True, False])
def test_an_activation_is_joined_only_where_nobody_else_reads(
    activation: type[nn.Module], inplace: bool
) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), activation(inplace), nn.Conv2d(4, 4, 1))
    for parameter in network.requires_grad_(requires_grad=False).parameters():
        parameter.mul_(8)  # past the six of ReLU6
    image = torch.randn(1, 3, 32, 32)
    expected = network(image)
    pack_convolutions(network)
    torch.testing.assert_close(network(image), expected, rtol=1e-5, atol=1e-4)
    assert isinstance(network[1], nn.Identity) == inplace


def test_the_original_is_left_as_it_was() -> None:
    segmenter = _segmenter().train()
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
    segmenter = _segmenter().eval().use_precision(precision)
    folded = for_inference(segmenter)
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
        folded = for_inference(segmenter)
        assert not any(isinstance(module, nn.SyncBatchNorm) for module in folded.modules())
        torch.testing.assert_close(folded(image), expected)
