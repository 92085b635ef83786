from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from effunet.config import ModelConfig
from effunet.errors import InputError
from effunet.labels import LABEL_MAPS, LABEL_SPACES
from effunet.models import DECODERS, Segmenter, build_model, load_model, save_model
from effunet.models.unread import UnreadLayer, drop_unread

SPACE, MAP = LABEL_SPACES["idd_lite"], LABEL_MAPS["idd_lite"]


class _Deeper(nn.Module):
    """Computes more than it returns, and holds a layer that it never calls."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.called = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))
        self.never_called = nn.Linear(4, 4)

    def forward(self, image: Tensor) -> Tensor:
        feature = self.stem(image)
        self.called(feature)
        return torch.as_tensor(feature)


def _built(encoder: str, decoder: str) -> Segmenter:
    model = {"variant" if encoder in {"lite0", "b0"} else "encoder": encoder}
    config = ModelConfig(decoder=decoder, weights="none", **model)  # type: ignore[arg-type]
    return build_model(config, label_space=SPACE, input_scale=1)[0]


def test_what_is_computed_and_dropped_goes_like_what_is_never_called() -> None:
    network = _Deeper().train()
    image = torch.rand(1, 3, 8, 8)
    expected = network(image)
    drop_unread(network)
    assert set(network.state_dict()) == {"stem.weight", "stem.bias"}
    assert torch.equal(network(image), expected)
    assert network.training


class _Named(nn.Module):
    """Gives its features by name, as a layer that is left out would not."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, feature: Tensor) -> dict[str, Tensor]:
        return {"deep": self.conv(feature)}


class _Reading(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem, self.named = nn.Conv2d(3, 4, 1), _Named()
        self.before, self.after = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, image: Tensor) -> Tensor:
        feature = self.stem(image)
        self.named(feature)["deep"]
        return torch.as_tensor(feature)


class _Gated(nn.Module):
    """Computes with a number that autograd's record does not lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.gate = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1)
        self.never_called = nn.Linear(4, 4)

    def forward(self, image: Tensor) -> Tensor:
        feature = self.stem(image)
        return torch.as_tensor(feature * self.gate(feature).detach().mean())


@pytest.mark.parametrize(("build", "needed"), [(_Reading, "named.conv"), (_Gated, "gate")])
def test_only_the_layers_that_the_same_logits_need_stay_and_ask_for_no_gradient(
    build: type[nn.Module], needed: str
) -> None:
    network = build()
    image = torch.rand(1, 3, 8, 8)
    expected = network(image)
    drop_unread(network)
    assert torch.equal(network(image), expected)
    trained = {name for name, value in network.named_parameters() if value.requires_grad}
    assert trained == {"stem.weight", "stem.bias"}
    assert network.state_dict().keys() - trained == {f"{needed}.weight", f"{needed}.bias"}


def test_every_layer_keeps_its_own_mode() -> None:
    network = _Deeper().train()
    network.stem.eval()
    drop_unread(network)
    assert (network.training, network.stem.training) == (True, False)


def test_tensors_of_the_dropped_layers_are_passed_over_and_no_others() -> None:
    older = _Deeper().state_dict()
    network = _Deeper()
    drop_unread(network)
    network.load_state_dict(older)
    with pytest.raises(RuntimeError, match=r"Unexpected .*never_called\.colour"):
        network.load_state_dict(older | {"never_called.colour": torch.zeros(1)})
    with pytest.raises(RuntimeError, match=r"Unexpected .*other\.weight"):
        network.load_state_dict(older | {"other.weight": torch.zeros(1)})
    with pytest.raises(RuntimeError, match=r"Missing .*stem\.bias"):
        network.load_state_dict({"stem.weight": older["stem.weight"]})


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize(
    "encoder", ["lite0", "b0", "resnet18", "efficientnet-b0", "tu-mobilenetv3_small_100"]
)
def test_every_parameter_learns(encoder: str, decoder: str) -> None:
    segmenter = _built(encoder, decoder).train()
    segmenter.forward_train(torch.rand(2, 3, 64, 64) * 255).square().mean().backward()
    assert [name for name, value in segmenter.named_parameters() if value.grad is None] == []


@pytest.mark.parametrize("encoder", ["efficientnet-b0", "tu-mobilenetv3_small_100"])
def test_a_checkpoint_from_before_layers_were_dropped_gives_the_same_logits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: str
) -> None:
    with monkeypatch.context() as before:
        before.setattr("effunet.models.build.drop_unread", lambda _: None)
        older = _built(encoder, "pspnet").eval()
    path = tmp_path / "best.safetensors"
    model = {"encoder": encoder, "decoder": "pspnet"}
    save_model(
        path,
        older,
        config={"model": model},
        label_space=SPACE,
        label_map=MAP,
        metrics={},
        weights="none",
    )
    loaded = load_model(path, precision="32")
    assert any(isinstance(layer, UnreadLayer) for layer in loaded.segmenter.modules())
    assert len(loaded.segmenter.state_dict()) < len(older.state_dict())
    image = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    with torch.no_grad():
        torch.testing.assert_close(loaded.segmenter(image), older(image), rtol=1e-3, atol=1e-3)


def test_a_checkpoint_that_lacks_a_tensor_is_still_refused(tmp_path: Path) -> None:
    segmenter = _built("efficientnet-b0", "pspnet")
    del segmenter.network.get_submodule("encoder")._modules["_conv_stem"]
    path = tmp_path / "best.safetensors"
    model = {"encoder": "efficientnet-b0", "decoder": "pspnet"}
    save_model(
        path,
        segmenter,
        config={"model": model},
        label_space=SPACE,
        label_map=MAP,
        metrics={},
        weights="none",
    )
    with pytest.raises(InputError, match="not those of the network"):
        load_model(path)
