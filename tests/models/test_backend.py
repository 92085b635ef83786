from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from effunet.models import Backend, Segmenter, TorchBackend, pictures_at_once
from effunet.precision import Precision


class _Network(nn.Module):
    """Two classes from two convolutions; remembers what it was given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 2, 1))
        self.seen: list[tuple[int, ...]] = []

    def forward(self, image: Tensor) -> Tensor:
        self.seen.append(tuple(image.shape))
        logits: Tensor = self.layers(image)
        return logits


@pytest.fixture
def network() -> Iterator[_Network]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield _Network()


def _segmenter(network: nn.Module, *, input_scale: float = 1.0) -> Segmenter:
    return Segmenter(network, mean=(0.5,) * 3, std=(0.25,) * 3, input_scale=input_scale).eval()


def _pictures(count: int, height: int, width: int) -> Tensor:
    return torch.randint(0, 256, (count, 3, height, width), dtype=torch.uint8)


@pytest.mark.parametrize("input_scale", [1.0, 2.0])
def test_any_number_of_pictures_stays_within_the_bound(
    network: _Network, input_scale: float
) -> None:
    segmenter = _segmenter(network, input_scale=input_scale)
    bound = 3 * 32 * 64
    backend: Backend = TorchBackend(segmenter, pixels_at_once=bound)
    pictures = _pictures(7, 20, 33)
    logits = backend(pictures)
    assert len(network.seen) > 1
    assert all(n == 1 or n * h * w <= bound for n, _, h, w in network.seen)
    with torch.no_grad():
        together = segmenter(pictures)
    torch.testing.assert_close(logits, together)
    assert torch.equal(logits.argmax(dim=1), together.argmax(dim=1))


def test_a_picture_over_the_bound_goes_alone(network: _Network) -> None:
    backend = TorchBackend(_segmenter(network), pixels_at_once=32 * 32)
    assert backend(_pictures(3, 40, 50)).shape == (3, 2, 40, 50)
    assert [n for n, *_ in network.seen] == [1, 1, 1]


@pytest.mark.parametrize(
    ("size", "input_scale", "expected"),
    [
        ((1080, 1920), 1.0, 1),
        ((540, 960), 1.0, 4),  # 544 x 960, padded
        ((270, 480), 2.0, 4),
        ((550, 960), 1.0, 3),  # 576 x 960
        ((1080, 1920), 0.25, 1),  # the logits are as large as the picture
        ((3000, 4000), 1.0, 1),
        ((1, 1), 1.0, 2040),  # padded to 32 x 32
    ],
)
def test_how_many_pictures_fit(
    network: _Network, size: tuple[int, int], input_scale: float, expected: int
) -> None:
    backend = TorchBackend(_segmenter(network, input_scale=input_scale))
    assert pictures_at_once(backend, size) == expected


def test_it_answers_for_its_segmenter(network: _Network) -> None:
    precision = Precision("32", channels_last=True, reason="test")
    segmenter = _segmenter(network).use_precision(precision)
    backend: Backend = TorchBackend(segmenter)
    assert (backend.stride, backend.precision, backend.input_scale) == (32, precision, 1.0)
    assert backend.device == torch.device("cpu")
    segmenter.use_input_scale(2)
    assert backend.input_scale == 2


def test_its_logits_carry_no_gradient(network: _Network) -> None:
    assert not TorchBackend(_segmenter(network))(_pictures(1, 32, 32)).requires_grad
