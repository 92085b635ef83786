import os
import pickle
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from effunet.config import ModelConfig
from effunet.errors import InputError, MissingExtraError
from effunet.labels import LABEL_MAPS, LABEL_SPACES
from effunet.models import Segmenter, WeightsReport, build_model, save_model
from effunet.models.weights import starting as weights_module
from effunet.models.weights.hub import smp_state, timm_state
from effunet.models.weights.starting import read_state

IDD, CAMVID = LABEL_SPACES["idd_lite"], LABEL_SPACES["camvid"]


def _build(weights: str | Path, **model: str) -> tuple[Segmenter, WeightsReport]:
    config = ModelConfig(weights=str(weights), **model)  # type: ignore[arg-type]
    segmenter, report = build_model(config, label_space=IDD, input_scale=1)
    assert report is not None
    return segmenter, report


@pytest.mark.parametrize("variant", ["lite0", "lite1", "lite2"])
def test_lite_weights_come_from_their_packages(variant: str) -> None:
    segmenter, report = _build("imagenet", variant=variant)
    assert report.matched == report.total
    assert (report.missing, report.unexpected) == ((), ())
    source = read_state(weights_module.package_path(variant))
    tensors = segmenter.network.state_dict()
    assert torch.equal(tensors["encoder.conv_stem.weight"], source["_conv_stem.weight"])
    last = max(int(name.split(".")[1]) for name in source if name.startswith("_blocks"))
    assert torch.equal(
        tensors["encoder.blocks.6.0.bn3.running_var"], source[f"_blocks.{last}._bn2.running_var"]
    )
    assert segmenter.mean.flatten().tolist() == pytest.approx([127 / 255] * 3)


def test_a_shallow_encoder_takes_the_first_stages() -> None:
    segmenter, report = _build("imagenet", variant="lite0", decoder="pspnet")
    assert report.matched == report.total
    source = read_state(weights_module.package_path("lite0"))
    stem = segmenter.network.state_dict()["encoder.conv_stem.weight"]
    assert torch.equal(stem, source["_conv_stem.weight"])


def test_a_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights_module.PACKAGES, "lite1", ("not_there_model", "None"))
    with pytest.raises(MissingExtraError, match=r"effunet-road\[weights\]"):
        _build("imagenet", variant="lite1")


@pytest.mark.parametrize(
    "model",
    [{"variant": "b0"}, {"variant": "lite4"}, {"encoder": "resnet18"}, {"encoder": "tu-resnet18"}],
)
def test_without_a_network_the_two_ways_on_are_named(
    model: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("effunet.models.weights.hub.try_to_load_from_cache", lambda *_, **__: None)
    with pytest.raises(InputError, match=r"cannot be fetched(?s:.*)a file of them.*or to none"):
        _build("imagenet", **model)


def test_without_a_network_the_client_that_retries_for_a_minute_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("effunet.models.weights.hub.try_to_load_from_cache", lambda *_, **__: None)
    monkeypatch.setattr("effunet.models.weights.hub.timm.create_model", asked.append)
    monkeypatch.setattr("effunet.models.weights.hub.get_encoder", asked.append)
    for fetch, name in ((timm_state, "resnet18"), (smp_state, "resnet18")):
        with pytest.raises(InputError, match="cannot be fetched"):
            fetch(name)
    assert asked == []


def test_weights_in_the_hubs_cache_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    network = timm.create_model("tf_efficientnet_b0")
    hub = "effunet.models.weights.hub"
    monkeypatch.setattr(f"{hub}.try_to_load_from_cache", lambda *_, **__: "a file")
    monkeypatch.setattr(f"{hub}.timm.create_model", lambda *_, **__: network)
    segmenter, report = _build("imagenet", variant="b0")
    assert report.matched == report.total
    assert "tf_efficientnet_b0.aa_in1k" in report.source
    stem = segmenter.network.state_dict()["encoder.conv_stem.weight"]
    assert torch.equal(stem, network.state_dict()["conv_stem.weight"])


def test_every_variants_hub_tag_is_one_that_timm_publishes() -> None:
    published = set(timm.list_pretrained("tf_efficientnet*"))
    assert set(weights_module.HUB_TAGS.values()) <= published
    assert weights_module.HUB_TAGS.keys() | weights_module.PACKAGES.keys() == {
        *(f"b{index}" for index in range(8)),
        *(f"lite{index}" for index in range(5)),
    }


def test_a_formula_has_no_published_weights() -> None:
    with pytest.raises(InputError, match="nobody has published"):
        _build("imagenet", variant="phi=1.5")


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize(
    ("model", "theirs"),
    [
        ({"variant": "b0"}, "tf_efficientnet_b0"),
        ({"encoder": "tu-tf_efficientnetv2_b0"}, "tf_efficientnetv2_b0"),
    ],
)
def test_a_file_in_timms_names_fits(
    tmp_path: Path, suffix: str, model: dict[str, str], theirs: str
) -> None:
    torch.manual_seed(0)
    state = timm.create_model(theirs).state_dict()
    dropped = "blocks.1.0.conv_pwl.weight" if "b0" in model.get("variant", "") else None
    if dropped:
        del state[dropped]
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save({"state_dict": {f"module.{n}": t for n, t in state.items()}}, path)
    else:
        save_file(state, path)
    segmenter, report = _build(path, **model)
    assert report.missing == ((dropped,) if dropped else ())
    assert report.matched == report.total - len(report.missing)
    stem = {name: tensor for name, tensor in segmenter.state_dict().items() if "conv_stem" in name}
    assert [torch.equal(t, state["conv_stem.weight"]) for t in stem.values()] == [True]


def test_a_file_of_the_first_ports_names_fits_too() -> None:
    segmenter, report = _build(weights_module.package_path("lite0"), variant="lite0")
    assert report.matched == report.total
    assert not segmenter.network.state_dict()["encoder.bn1.running_mean"].eq(0).any()


def test_weights_of_another_variant_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="another shape"):
        _build(weights_module.package_path("lite2"), variant="lite0")
    path = tmp_path / "b2.safetensors"
    save_file(timm.create_model("tf_efficientnet_b2").state_dict(), path)
    with pytest.raises(InputError, match="another shape"):
        _build(path, variant="b0")


class _Trap:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.canary,)


def test_a_crafted_file_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trap.pth"
    torch.save({"state_dict": _Trap(tmp_path / "canary")}, path)
    with pytest.raises(InputError, match="cannot be read"):
        _build(path)
    path.write_bytes(pickle.dumps(_Trap(tmp_path / "canary")))
    with pytest.raises(InputError, match="cannot be read"):
        _build(path)
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("size", [0, 1, 5000])
def test_a_file_that_is_cut_off_is_named(tmp_path: Path, suffix: str, size: int) -> None:
    whole = tmp_path / f"whole{suffix}"
    state = {"conv_stem.weight": torch.zeros(32, 3, 3, 3), "x": torch.zeros(9999)}
    if suffix == ".pth":
        torch.save(state, whole)
    else:
        save_file(state, whole)
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole.read_bytes()[:size])
    with pytest.raises(InputError, match=f"where: .*cut{suffix}"):
        _build(cut)


def test_a_path_that_is_not_there_lists_what_may_be_given(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no weights at"):
        _build(tmp_path / "absent.pth")


def test_none_leaves_random_weights_and_reports_nothing() -> None:
    _, report = build_model(ModelConfig(weights="none"), label_space=IDD, input_scale=1)
    assert report is None


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Segmenter]:
    folder = tmp_path_factory.mktemp("run")
    torch.manual_seed(1)
    model = ModelConfig(variant="phi=-3", weights="none")
    segmenter, _ = build_model(model, label_space=IDD, input_scale=1)
    segmenter.set_normalisation((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    save_model(
        folder / "best.safetensors",
        segmenter,
        config={"model": {"variant": "phi=-3"}},
        label_space=IDD,
        label_map=LABEL_MAPS["idd_lite"],
        metrics={},
        weights="none",
    )
    return folder, segmenter


@pytest.mark.parametrize("by_file", [True, False])
def test_fine_tuning_takes_the_whole_network(run: tuple[Path, Segmenter], by_file: bool) -> None:
    folder, source = run
    given = folder / "best.safetensors" if by_file else folder
    segmenter, report = _build(given, variant="phi=-3")
    assert report.matched == report.total
    ours, theirs = segmenter.state_dict(), source.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert torch.equal(segmenter.mean, source.mean)
    assert report.notes == ()


def test_other_classes_start_a_new_head_aloud(run: tuple[Path, Segmenter]) -> None:
    folder, source = run
    segmenter, report = build_model(
        ModelConfig(variant="phi=-3", weights=str(folder)), label_space=CAMVID, input_scale=1
    )
    assert report is not None
    assert report.missing == ("segmentation_head.0.weight", "segmentation_head.0.bias")
    assert "11 classes of camvid, the run has 7 of idd_lite" in report.describe()
    ours, theirs = segmenter.network.state_dict(), source.network.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs if "head" not in name)


def test_fine_tuning_another_variant_is_refused(run: tuple[Path, Segmenter]) -> None:
    with pytest.raises(InputError, match="another shape"):
        _build(run[0], variant="lite0")


@pytest.fixture
def weights_root() -> Path:
    """Folder of downloaded encoder weights; skips without it."""
    root = os.environ.get("EFFUNET_WEIGHTS_ROOT")
    if not root:
        pytest.skip("EFFUNET_WEIGHTS_ROOT names no folder of weights")
    return Path(root)


def test_downloaded_weights_fit(weights_root: Path) -> None:
    missing = {
        "b0": _build(weights_root / "tf_efficientnet_b0.safetensors", variant="b0")[1].missing,
        "b4": _build(weights_root / "tf_efficientnet_b4.safetensors", variant="b4")[1].missing,
    }
    assert {name.rsplit(".", 1)[0] for name in missing["b0"]} == {
        "blocks.6.0.conv_pwl",
        "blocks.6.0.bn3",
    }
    assert missing["b4"] == ("blocks.6.1.conv_pw.weight", "blocks.6.1.conv_pwl.weight")
    path = weights_root / "tf_efficientnetv2_b0.safetensors"
    assert _build(path, encoder="tu-tf_efficientnetv2_b0")[1].missing == ()


@pytest.mark.parametrize(
    ("given", "taken", "said"),
    [
        (None, 1.5, ("input_scale 1.5, as the run was trained with",)),
        (2.0, 2.0, ("input_scale 2 as given, the run was trained with 1.5",)),
        (1.0, 1.0, ("input_scale 1 as given, the run was trained with 1.5",)),
        (1.5, 1.5, ()),
    ],
)
def test_the_runs_input_scale_counts_unless_another_is_given(
    tmp_path: Path, given: float | None, taken: float, said: tuple[str, ...]
) -> None:
    model = ModelConfig(variant="phi=-3", weights="none")
    source, _ = build_model(model, label_space=IDD, input_scale=1.5)
    save_model(
        tmp_path / "best.safetensors",
        source,
        config={"model": {"variant": "phi=-3"}},
        label_space=IDD,
        label_map=LABEL_MAPS["idd_lite"],
        metrics={},
        weights="none",
    )
    tuned = ModelConfig(variant="phi=-3", weights=str(tmp_path))
    segmenter, report = build_model(tuned, label_space=IDD, input_scale=given)
    assert report is not None
    assert (segmenter.input_scale, report.notes) == (taken, said)


def test_without_a_run_pictures_keep_their_size() -> None:
    model = ModelConfig(variant="phi=-3", weights="none")
    assert build_model(model, label_space=IDD, input_scale=None)[0].input_scale == 1
