import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from effunet.config import ModelConfig
from effunet.labels import LABEL_SPACES
from effunet.models import Segmenter, build_model, scaled_size
from effunet.precision import Precision, choose_precision

BF16 = Precision("bf16", channels_last=True, reason="test")
LAST = Precision("32", channels_last=True, reason="test")


@pytest.fixture(scope="module")
def trained() -> Segmenter:
    """Small, in eval mode, with batch norms that have seen something."""
    return _segmenter()


def _segmenter(*, input_scale: float = 1.0, output_reduction: int = 1) -> Segmenter:
    torch.manual_seed(0)
    segmenter, _ = build_model(
        ModelConfig(
            variant="phi=-3",
            weights="none",
            decoder_channels=(32, 24, 16, 16, 8),
            output_reduction=output_reduction,
        ),
        label_space=LABEL_SPACES["idd_lite"],
        input_scale=input_scale,
    )
    for _ in range(10):
        segmenter.forward_train(_picture(64, 64, count=4))
    return segmenter.eval()


def _picture(height: int, width: int, *, count: int = 1) -> Tensor:
    return torch.randint(0, 256, (count, 3, height, width), dtype=torch.uint8)


@pytest.mark.parametrize("input_scale", [1.0, 1.5, 0.3])
def test_logits_have_the_pictures_size(trained: Segmenter, input_scale: float) -> None:
    segmenter = Segmenter(
        trained.network, mean=(0.5,) * 3, std=(0.5,) * 3, input_scale=input_scale
    ).eval()
    for height, width in ((1, 1), (31, 33), (32, 64), (97, 40)):
        with torch.no_grad():
            logits = segmenter(_picture(height, width, count=2))
        assert logits.shape == (2, 7, height, width)
        assert logits.dtype == torch.float32
        assert logits.isfinite().all()


def test_a_picture_on_the_stride_reaches_the_network_normalised(trained: Segmenter) -> None:
    picture = _picture(64, 96)
    normalised = (picture / 255 - trained.mean) / trained.std
    with torch.no_grad():
        expected = trained.network(normalised)
        assert torch.equal(trained(picture), expected)
        assert torch.equal(trained.forward_train(picture), expected)


def test_uint8_and_float_pictures_are_the_same(trained: Segmenter) -> None:
    picture = _picture(40, 50)
    with torch.no_grad():
        assert torch.equal(trained(picture), trained(picture.float()))


def test_a_batch_equals_its_pictures(trained: Segmenter) -> None:
    pictures = _picture(45, 70, count=3)
    with torch.no_grad():
        together = trained(pictures)
        singles = torch.cat([trained(picture[None]) for picture in pictures])
    torch.testing.assert_close(together, singles, rtol=1e-4, atol=1e-4)


def test_padding_is_the_mean_picture_below_and_right(trained: Segmenter) -> None:
    picture = _picture(40, 50)
    padded = (trained.mean * 255).expand(1, 3, 64, 64).clone()
    padded[..., :40, :50] = picture
    with torch.no_grad():
        expected = trained(padded)[..., :40, :50]
        torch.testing.assert_close(trained(picture), expected, rtol=1e-4, atol=1e-4)


class _Identity(nn.Module):
    """Stands for a network: passes its input on and remembers its size."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Size] = []

    def forward(self, image: Tensor) -> Tensor:
        self.seen.append(image.shape[-2:])
        return image


def test_input_scale_enlarges_what_the_network_sees_and_nothing_else() -> None:
    network = _Identity()
    segmenter = Segmenter(network, mean=(0, 0, 0), std=(1, 1, 1), input_scale=2.0)
    ramp = torch.linspace(0, 255, 48).expand(1, 3, 20, 48)
    logits = segmenter(ramp)
    assert network.seen == [torch.Size((64, 96))]
    assert scaled_size((20, 48), 2.0) == (40, 96)
    # linear pictures survive being resized there and back, but for the clamped borders
    torch.testing.assert_close(logits[..., 1:-1], ramp[..., 1:-1] / 255)


class _Pooled(_Identity):
    """Stands for a network whose decoder stops at a part of the size."""

    def __init__(self, reduction: int) -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, image: Tensor) -> Tensor:
        return F.avg_pool2d(super().forward(image), self.reduction)


def _reduced(reduction: int, *, input_scale: float = 1.0) -> Segmenter:
    return Segmenter(
        _Pooled(reduction),
        mean=(0, 0, 0),
        std=(1, 1, 1),
        input_scale=input_scale,
        output_reduction=reduction,
    )


@pytest.mark.parametrize("reduction", [2, 4])
@pytest.mark.parametrize("size", [(64, 96), (45, 71), (1, 1), (7, 33)])
def test_smaller_logits_are_enlarged_by_their_factor_and_then_cropped(
    reduction: int, size: tuple[int, int]
) -> None:
    height, width = size
    picture = _picture(height, width)
    segmenter = _reduced(reduction)
    padded = F.pad(picture / 255, (0, -width % 32, 0, -height % 32))
    rows, columns = -(-height // reduction), -(-width // reduction)
    low = F.avg_pool2d(padded, reduction)[..., :rows, :columns]
    two_steps = F.interpolate(low, scale_factor=float(reduction), mode="bilinear")
    torch.testing.assert_close(segmenter(picture), two_steps[..., :height, :width])


@pytest.mark.parametrize("input_scale", [0.5, 1.0, 1.4, 2.0])
@pytest.mark.parametrize("reduction", [1, 2, 4])
def test_a_linear_picture_stays_where_it_is_at_any_reduction(
    input_scale: float, reduction: int
) -> None:
    ramp = torch.linspace(0, 255, 227).view(227, 1).expand(1, 3, 227, 320)
    logits = _reduced(reduction, input_scale=input_scale)(ramp)
    inner = slice(12, -12)  # borders clamp, and the last pixel may hold padding
    torch.testing.assert_close(
        logits[..., inner, inner], ramp[..., inner, inner] / 255, rtol=0, atol=2e-4
    )


@pytest.mark.parametrize("reduction", [2, 4])
@pytest.mark.parametrize("size", [(64, 64), (128, 192)])
def test_padding_never_reaches_logits_that_end_with_the_picture(
    reduction: int, size: tuple[int, int]
) -> None:
    height, width = size
    white = torch.full((1, 3, height - 32 + reduction * 2, width - reduction), 255.0)
    assert torch.equal(_reduced(reduction)(white), torch.ones_like(white))
    assert torch.equal(_reduced(reduction, input_scale=2.0)(white), torch.ones_like(white))


@pytest.mark.parametrize("reduction", [1, 2, 4])
def test_training_logits_have_the_crops_size(reduction: int) -> None:
    crop = torch.full((2, 3, 64, 96), 255.0)
    assert torch.equal(_reduced(reduction).forward_train(crop), torch.ones_like(crop))


def test_channels_last_computes_the_same(trained: Segmenter) -> None:
    picture = _picture(64, 64)
    with torch.no_grad():
        expected = trained(picture)
        logits = trained.use_precision(LAST)(picture)
    weight = trained.network.state_dict()["encoder.conv_stem.weight"]
    assert weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)


def test_bfloat16_computes_nearly_the_same_and_returns_float32() -> None:
    segmenter = _segmenter()
    picture = _picture(64, 64)
    with torch.no_grad():
        expected = segmenter(picture)
        logits = segmenter.use_precision(BF16)(picture)
    assert logits.dtype == torch.float32
    assert not torch.equal(logits, expected)
    assert (logits - expected).norm() < 0.05 * expected.norm()
    assert {parameter.dtype for parameter in segmenter.parameters()} == {torch.float32}


def test_gradients_reach_the_network_in_its_layout() -> None:
    segmenter = _segmenter().use_precision(LAST).train()
    strides = []

    def note(_: nn.Module, __: object, gradients: tuple[Tensor, ...]) -> None:
        strides.append(gradients[0].stride())

    head = segmenter.network.get_submodule("segmentation_head.0")
    head.register_full_backward_hook(note)
    logits = segmenter.forward_train(_picture(64, 64, count=2))
    logits.backward(torch.randn(logits.shape))  # plain layout, as losses return it
    assert strides == [torch.empty(logits.shape).to(memory_format=torch.channels_last).stride()]


def test_both_precisions_learn_the_same_direction() -> None:
    gradients = []
    for precision in (LAST, BF16):
        segmenter = _segmenter().use_precision(precision)  # eval: drop path is off
        segmenter.forward_train(_fixed_picture()).square().mean().backward()
        found = [parameter.grad for parameter in segmenter.parameters()]
        gradients.append(torch.cat([grad.flatten() for grad in found if grad is not None]))
    exact, half = gradients
    assert torch.cosine_similarity(exact, half, dim=0) > 0.98


def _fixed_picture() -> Tensor:
    return torch.arange(3 * 64 * 64, dtype=torch.float32).reshape(1, 3, 64, 64) % 251


@pytest.mark.parametrize("output_reduction", [1, 2])
def test_exports_with_dynamic_sizes(output_reduction: int) -> None:
    segmenter = _segmenter(input_scale=1.5, output_reduction=output_reduction)
    auto = torch.export.Dim.AUTO
    program = torch.export.export(
        segmenter, (_picture(97, 131, count=2),), dynamic_shapes=({0: auto, 2: auto, 3: auto},)
    )
    picture = _picture(70, 200)
    with torch.no_grad():
        torch.testing.assert_close(program.module()(picture), segmenter(picture))


def test_normalisation_can_follow_other_weights() -> None:
    segmenter = _segmenter()
    segmenter.set_normalisation((0.5, 0.5, 0.5), (0.25, 0.5, 1.0))
    assert segmenter.mean.flatten().tolist() == [0.5, 0.5, 0.5]
    assert segmenter.std.flatten().tolist() == [0.25, 0.5, 1.0]


def test_moving_the_segmenter_keeps_its_policy() -> None:
    precision = choose_precision(torch.device("cpu"), "32")
    segmenter = _segmenter().use_precision(precision)
    assert segmenter.to("cpu").precision is precision
