import pytest
import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.encoders import get_encoder
from torch import nn

from effunet.errors import InputError
from effunet.models import DECODERS, EfficientNetEncoder, needs_batch_of_two
from effunet.models.architectures import SegmentationNetwork, assemble, decoder_for
from effunet.scaling import VARIANTS, compound

SMP = {
    "unet": smp.Unet,
    "unetplusplus": smp.UnetPlusPlus,
    "manet": smp.MAnet,
    "linknet": smp.Linknet,
    "fpn": smp.FPN,
    "pspnet": smp.PSPNet,
    "deeplabv3": smp.DeepLabV3,
    "deeplabv3plus": smp.DeepLabV3Plus,
    "upernet": smp.UPerNet,
    "segformer": smp.Segformer,
}


def _network(
    decoder: str, *, channels: tuple[int, ...] | None = None, reduction: int = 1
) -> SegmentationNetwork:
    row = DECODERS[decoder]
    encoder = EfficientNetEncoder(compound(-3), depth=row.depth, output_stride=row.output_stride)
    return assemble(
        encoder, decoder, num_classes=3, decoder_channels=channels, output_reduction=reduction
    )


@pytest.mark.parametrize("decoder", DECODERS)
def test_equals_smps_model_with_smps_encoder(decoder: str) -> None:
    torch.manual_seed(0)
    row = DECODERS[decoder]
    theirs = SMP[decoder]("resnet18", encoder_weights=None, classes=3).eval()
    encoder = get_encoder(
        "resnet18", weights=None, depth=row.depth, output_stride=row.output_stride
    )
    ours = assemble(encoder, decoder, num_classes=3).eval()
    ours.load_state_dict(theirs.state_dict())
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(ours(image), theirs(image))


def test_vgg_gets_smps_centre_block() -> None:
    with torch.device("meta"):
        theirs = smp.Unet("vgg11", encoder_weights=None, classes=3)
        encoder = get_encoder("vgg11", weights=None)
        ours = assemble(encoder, "unet", num_classes=3, centre=True)
    assert ours.state_dict().keys() == theirs.state_dict().keys()


@pytest.mark.parametrize("decoder", DECODERS)
def test_every_decoder_learns_on_our_encoder(decoder: str) -> None:
    network = _network(decoder)
    logits = network(torch.randn(2, 3, 64, 96))
    assert logits.shape == (2, 3, 64, 96)
    logits.square().mean().backward()
    for part in (network.encoder, network.decoder, network.segmentation_head):
        gradients = [parameter.grad for parameter in part.parameters()]
        assert any(gradient is not None and gradient.any() for gradient in gradients)


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_decoders_that_refuse_a_single_picture_are_marked(decoder: str) -> None:
    network = _network(decoder)
    picture = torch.randn(1, 3, 64, 64)
    if needs_batch_of_two(decoder):
        with pytest.raises(ValueError, match="more than 1 value per channel"):
            network(picture)
    else:
        network(picture)


@pytest.mark.parametrize("decoder", [name for name, row in DECODERS.items() if row.channels])
def test_decoder_channels_change_the_decoder(decoder: str) -> None:
    default = DECODERS[decoder].channels
    halved = tuple(channels // 2 for channels in default)

    def size(module: nn.Module) -> int:
        return sum(parameter.numel() for parameter in module.parameters())

    with torch.device("meta"):
        whole, half = _network(decoder), _network(decoder, channels=halved)
    assert size(half.decoder) < 0.7 * size(whole.decoder)
    head = "segmentation_head.0.weight"
    assert half.state_dict()[head].shape[1] < whole.state_dict()[head].shape[1]
    assert size(half.encoder) == size(whole.encoder)


@pytest.mark.parametrize(
    ("decoder", "channels"), [("unet", (64, 32)), ("linknet", (32,)), ("fpn", (128, 0))]
)
def test_wrong_decoder_channels_say_how_many(decoder: str, channels: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"takes \d decoder channels"):
        _network(decoder, channels=channels)


def test_channels_that_groups_do_not_divide_are_refused() -> None:
    with pytest.raises(InputError, match="fpn cannot be built with these channels"):
        _network("fpn", channels=(32, 20))


def test_an_unknown_decoder_lists_the_known() -> None:
    with pytest.raises(InputError, match="use one of unet, unetplusplus"):
        needs_batch_of_two("yolo")


def test_the_default_is_eff_unet() -> None:
    with torch.device("meta"):
        encoder = EfficientNetEncoder(VARIANTS["b0"])
        network = assemble(encoder, "unet", num_classes=7)
    assert DECODERS["unet"].channels == (256, 128, 64, 32, 16)
    tensors = network.state_dict()
    built = [len(tensors[f"decoder.blocks.{index}.conv1.0.weight"]) for index in range(5)]
    assert tuple(built) == DECODERS["unet"].channels


@pytest.mark.parametrize("reduction", [2, 4])
@pytest.mark.parametrize("decoder", [name for name in DECODERS if name != "linknet"])
def test_a_decoder_can_stop_early_and_all_of_it_learns(decoder: str, reduction: int) -> None:
    network = _network(decoder, reduction=reduction)
    logits = network(torch.randn(2, 3, 64, 96))
    assert logits.shape == (2, 3, 64 // reduction, 96 // reduction)
    logits.square().mean().backward()
    assert [name for name, value in network.named_parameters() if value.grad is None] == []


@pytest.mark.parametrize("decoder", ["unet", "unetplusplus", "manet"])
def test_the_stages_before_the_stop_are_those_of_the_whole_decoder(decoder: str) -> None:
    whole, early = _network(decoder), _network(decoder, reduction=4)
    shapes = {name: value.shape for name, value in whole.encoder.state_dict().items()}
    assert {name: value.shape for name, value in early.encoder.state_dict().items()} == shapes
    assert (
        early.state_dict()["segmentation_head.0.weight"].shape[1] == DECODERS[decoder].channels[2]
    )


def test_channels_of_the_stages_left_out_may_be_named_or_not() -> None:
    named = _network("unet", channels=(32, 16, 16, 8, 8), reduction=2)
    unnamed = _network("unet", channels=(32, 16, 16, 8), reduction=2)
    assert named.state_dict().keys() == unnamed.state_dict().keys()
    with pytest.raises(InputError, match=r"takes 4 decoder channels(?s:.*)1 of its 5 stages"):
        _network("unet", channels=(32, 16), reduction=2)


@pytest.mark.parametrize(
    ("decoder", "reduction", "message"),
    [
        ("linknet", 2, r"linknet cannot stop at 1/2(?s:.*)choose one of unet, "),
        ("unet", 3, r"output_reduction cannot be 3(?s:.*)\[1, 2, 4\]"),
        ("fpn", 0, "output_reduction cannot be 0"),
    ],
)
def test_a_reduction_that_cannot_be_says_what_can(
    decoder: str, reduction: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        _network(decoder, reduction=reduction)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("unet++", "unetplusplus"),
        ("UNet", "unet"),
        ("DeepLabV3+", "deeplabv3plus"),
        ("unet_plus_plus", "unetplusplus"),
        ("psp", "pspnet"),
    ],
)
def test_a_decoder_written_as_in_its_paper_is_understood(written: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"did you mean {meant}\\?"):
        decoder_for(written)
