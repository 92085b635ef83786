import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from effunet.config import ModelConfig, TrainConfig
from effunet.errors import InputError
from effunet.labels import LABEL_MAPS, LABEL_SPACES, LabelMap
from effunet.models import (
    Segmenter,
    build_model,
    checkpoint_file,
    for_inference,
    load_model,
    read_model,
    save_model,
)

SPACE = LABEL_SPACES["idd_lite"]
CONFIG = dataclasses.asdict(
    TrainConfig(
        model=ModelConfig(
            variant="phi=-3", weights="none", decoder="fpn", decoder_channels=(32, 32)
        )
    )
)


@pytest.fixture
def segmenter() -> Segmenter:
    torch.manual_seed(0)
    built, _ = build_model(
        ModelConfig(variant="phi=-3", weights="none", decoder="fpn", decoder_channels=(32, 32)),
        label_space=SPACE,
        input_scale=1.5,
    )
    built.set_normalisation((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    built.forward_train(torch.rand(2, 3, 64, 64) * 255)  # moves the batch norms' statistics
    return built.eval()


def _save(path: Path, segmenter: Segmenter, **changed: Any) -> None:  # noqa: ANN401
    described: dict[str, Any] = {
        "config": CONFIG,
        "label_space": SPACE,
        "label_map": LABEL_MAPS["idd_lite"],
        "metrics": {"val/miou": 0.5, "val/iou/sky": float("nan")},
        "weights": "random",
    }
    save_model(path, segmenter, **(described | changed))


def test_restored_equals_saved(tmp_path: Path, segmenter: Segmenter) -> None:
    _save(tmp_path / "best.safetensors", segmenter)
    loaded = load_model(tmp_path, precision="32")
    image = torch.randint(0, 256, (2, 3, 45, 70), dtype=torch.uint8)
    segmenter.use_precision(loaded.segmenter.precision)
    with torch.no_grad():
        assert torch.equal(loaded.segmenter(image), for_inference(segmenter).segmenter(image))
    assert not loaded.segmenter.training
    assert loaded.segmenter.input_scale == 1.5
    assert torch.equal(loaded.segmenter.mean, segmenter.mean)
    assert torch.equal(loaded.segmenter.std, segmenter.std)


def test_read_plain_it_is_the_network_that_was_saved(tmp_path: Path, segmenter: Segmenter) -> None:
    _save(tmp_path / "best.safetensors", segmenter)
    plain = read_model(tmp_path).segmenter
    state = segmenter.state_dict()
    assert plain.state_dict().keys() == state.keys()
    assert all(torch.equal(value, state[name]) for name, value in plain.state_dict().items())
    assert any(isinstance(module, nn.BatchNorm2d) for module in plain.modules())
    assert plain.precision.name == "32"
    assert not plain.training
    plain.train().forward_train(torch.rand(2, 3, 64, 64)).mean().backward()  # it can learn on


def test_it_describes_itself(tmp_path: Path, segmenter: Segmenter) -> None:
    path = tmp_path / "best.safetensors"
    _save(path, segmenter)
    loaded = load_model(path)
    assert loaded.label_space == SPACE
    assert loaded.label_map == LABEL_MAPS["idd_lite"]
    assert loaded.config == json.loads(json.dumps(CONFIG))
    assert loaded.metrics == {"val/miou": 0.5, "val/iou/sky": None}
    assert loaded.header["weights"] == "random"
    assert loaded.header["weights"] == "random"
    assert loaded.header["versions"]["torch"]
    assert loaded.path == path
    assert len(loaded.sha256) == 64


def test_channels_last_weights_are_saved_the_same(tmp_path: Path, segmenter: Segmenter) -> None:
    _save(tmp_path / "plain.safetensors", segmenter)
    segmenter.to(memory_format=torch.channels_last)
    _save(tmp_path / "last.safetensors", segmenter)
    plain, last = (load_model(tmp_path / f"{name}.safetensors") for name in ("plain", "last"))
    assert plain.sha256 == last.sha256


def test_a_folder_without_a_model_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is no run's folder"):
        load_model(tmp_path)
    (tmp_path / "config.yaml").touch()
    with pytest.raises(InputError, match="has not finished an epoch"):
        load_model(tmp_path)
    with pytest.raises(InputError, match="has not finished yet"):
        load_model(tmp_path / "final.safetensors")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no checkpoint\n  where: .*absent.safetensors"):
        load_model(tmp_path / "absent.safetensors")


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_refused_by_name(
    tmp_path: Path, segmenter: Segmenter, share: float
) -> None:
    path = tmp_path / "best.safetensors"
    _save(path, segmenter)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match=r"not a checkpoint(?s:.*)best.safetensors"):
        load_model(path)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint at all", b"\x80\x04K*."])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "last.ckpt"
    path.write_bytes(content)
    with pytest.raises(InputError, match="a state to go on training from"):
        load_model(path)


def test_weights_without_our_header_are_sent_where_they_belong(tmp_path: Path) -> None:
    path = tmp_path / "encoder.safetensors"
    save_file({"conv_stem.weight": torch.zeros(1)}, path)
    with pytest.raises(InputError, match=r"--model\.weights"):
        load_model(path)


def test_a_newer_format_asks_for_an_upgrade(
    tmp_path: Path, segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as future:
        future.setattr(checkpoint_file, "FORMAT_VERSION", 4)
        _save(tmp_path / "best.safetensors", segmenter)
    with pytest.raises(InputError, match=r"format 4(?s:.*)upgrade"):
        load_model(tmp_path)


def test_a_file_of_format_1_is_read(tmp_path: Path, segmenter: Segmenter) -> None:
    """It kept the ids of the files inside the label space, and knew no colours."""
    header = {
        "format_version": 1,
        "config": CONFIG,
        "label_space": {
            "name": "roads",
            "names": list("abcdefg"),
            "palette": [[index, 0, 0] for index in range(7)],
            "label_map": {str(10 * index): index for index in range(7)} | {"3": 255},
        },
        "mean": [0.1, 0.2, 0.3],
        "std": [0.4, 0.5, 0.6],
        "input_scale": 1.5,
        "metrics": {"val/miou": 0.5},
        "weights": "random",
        "versions": {},
    }
    path = tmp_path / "best.safetensors"
    save_file(segmenter.network.state_dict(), path, metadata={"effunet": json.dumps(header)})
    loaded = load_model(path)
    assert loaded.label_space.names == tuple("abcdefg")
    assert loaded.label_map == LabelMap({10 * index: index for index in range(7)} | {3: 255})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"config": {"model": {"variant": "phi=-3", "colour": 3}}}, "words this program"),
        ({"config": {}}, "words this program"),
        ({"config": {"model": {"variant": "phi=-2"}}}, "not those of the network"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(
    tmp_path: Path, segmenter: Segmenter, changed: dict[str, Any], message: str
) -> None:
    _save(tmp_path / "best.safetensors", segmenter, **changed)
    with pytest.raises(InputError, match=message):
        load_model(tmp_path)


def test_an_incomplete_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "best.safetensors"
    save_file({"a": torch.zeros(1)}, path, metadata={"effunet": '{"format_version": 1}'})
    with pytest.raises(InputError, match="header is incomplete"):
        load_model(path)


def test_a_failing_save_keeps_the_old_file_and_leaves_nothing_behind(
    tmp_path: Path, segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "best.safetensors"
    _save(path, segmenter)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="No space left"):
        _save(path, segmenter)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["best.safetensors"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, segmenter: Segmenter) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        _save(tmp_path / "file" / "best.safetensors", segmenter)


def test_the_header_is_strict_json(tmp_path: Path, segmenter: Segmenter) -> None:
    _save(tmp_path / "best.safetensors", segmenter)
    with safe_open(tmp_path / "best.safetensors", framework="pt") as file:
        text = file.metadata()["effunet"]
    json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
