"""Scoring a model must be what training's validation counts, whatever the batches."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from effunet.config import ModelConfig
from effunet.datasets import EvalDataset, RoadDataset, collate, open_dataset
from effunet.errors import InputError
from effunet.evaluation import evaluate
from effunet.imaging import write_image, write_mask
from effunet.labels import LABEL_MAPS, LABEL_SPACES, LabelSpace
from effunet.metrics import ConfusionMatrix, iou_from_confusion
from effunet.models import LoadedModel, TorchBackend, build_model, load_model, save_model

from ..conftest import WriteIddLite

IDD_LITE = LABEL_SPACES["idd_lite"]
SIZES = [(37, 50), (37, 50), (40, 33), (37, 50), (40, 33)]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> RoadDataset:
    """Five noisy pictures of two sizes in IDD-Lite's layout, some of them partly void."""
    root = tmp_path_factory.mktemp("idd_lite")
    random = np.random.default_rng(0)
    for index, (h, w) in enumerate(SIZES):
        image = random.integers(0, 256, (h, w, 3), dtype=np.uint8)
        mask = random.choice(np.array([0, 1, 2, 3, 255], dtype=np.uint8), (h, w))
        write_image(root / f"leftImg8bit/val/{index % 2}/{index}_image.jpg", image)
        write_mask(
            root / f"gtFine/val/{index % 2}/{index}_label.png", mask, IDD_LITE.palette_array()
        )
    return open_dataset("idd_lite", root)


def _checkpoint(path: Path, label_space: LabelSpace = IDD_LITE, input_scale: float = 1.0) -> Path:
    torch.manual_seed(0)
    config = ModelConfig(encoder="resnet18", decoder_channels=(16, 8, 8, 8, 8), weights="none")
    segmenter, _ = build_model(config, label_space=label_space, input_scale=input_scale)
    with torch.no_grad():  # an untrained network answers one class for everything
        segmenter.network.get_parameter("segmentation_head.0.weight").mul_(50)
    saved = {
        "model": {"encoder": "resnet18", "decoder_channels": [16, 8, 8, 8, 8]},
        "batch_size": 2,
    }
    save_model(
        path,
        segmenter,
        config=saved,
        label_space=label_space,
        label_map=LABEL_MAPS[label_space.name],
        metrics={},
        weights="none",
    )
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    path = _checkpoint(tmp_path_factory.mktemp("run") / "best.safetensors", input_scale=1.5)
    return load_model(path, precision="32")


def _validation_counts(model: LoadedModel, dataset: RoadDataset) -> Tensor:
    """One picture at a time, as the validation step counts them."""
    metric = ConfusionMatrix(IDD_LITE.num_classes)
    samples = EvalDataset(dataset.pairs("val"), dataset.label_map)
    with torch.inference_mode():
        for index in range(len(samples)):
            batch = collate([samples[index]])
            metric.update(model.segmenter(batch["image"]).argmax(dim=1), batch["mask"])
    return metric.confusion


def test_native_score_is_validations(
    model: LoadedModel, dataset: RoadDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    expected = _validation_counts(model, dataset)
    assert (iou_from_confusion(expected) > 0).sum() > 1  # it does not answer one class for all
    for batch_size in (None, 1, 5):
        evaluation = evaluate(model, dataset, batch_size=batch_size)
        assert torch.equal(evaluation.confusion, expected)
        assert evaluation.images == len(SIZES)


def test_files_among_the_labels_of_the_split_are_noted(
    model: LoadedModel, write_idd_lite: WriteIddLite, tmp_path: Path
) -> None:
    root = write_idd_lite(tmp_path / "data", val=1)
    for split in ("train", "val"):
        (root / f"gtFine/{split}/0/{split}_overview.png").touch()
    *_, note = evaluate(model, open_dataset("idd_lite", root)).notes
    assert note.startswith("1 of the files among the labels are no label files")
    assert "val_overview.png" in note


def test_large_pictures_are_scored_within_the_backends_bound(
    model: LoadedModel, dataset: RoadDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    expected = evaluate(model, dataset, batch_size=1).counts
    bound = 2 * 64 * 96  # two of the smaller ones at the input scale of 1.5
    monkeypatch.setattr(LoadedModel, "backend", TorchBackend(model.segmenter, pixels_at_once=bound))
    seen: list[int] = []
    hook = model.segmenter.register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    read: list[int] = []
    evaluation = evaluate(model, dataset, batch_size=5, progress=lambda done, _: read.append(done))
    hook.remove()
    assert torch.equal(evaluation.counts, expected)
    assert seen == [2, 1, 2, *[1] * len(evaluation.worst)]
    assert read == [2, 3, 5]  # no more are read at once either


def test_idd_lite_score_is_at_its_size_and_says_so(
    model: LoadedModel, dataset: RoadDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    seen: list[tuple[int, int]] = []
    evaluation = evaluate(
        model,
        dataset,
        protocol="idd_lite",
        batch_size=2,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert evaluation.counts.sum() == len(SIZES) * 128 * 256
    written = evaluation.to_json()
    assert written["resolution"] == {"height": 128, "width": 256}
    assert written["input_scale"] == 1.5
    assert written["checkpoint_sha256"] == model.sha256
    assert (written["precision"], written["threads"]) == ("32", torch.get_num_threads())
    assert written["data"] == {"name": "idd_lite", "root": str(dataset.root), "split": "val"}
    assert seen[-1] == (5, 5)


def test_a_model_of_other_classes_is_refused(dataset: RoadDataset, tmp_path: Path) -> None:
    other = _checkpoint(tmp_path / "best.safetensors", LABEL_SPACES["camvid"])
    with pytest.raises(InputError, match="knows the classes of camvid"):
        evaluate(load_model(other), dataset)


def test_the_worst_pictures_are_found_and_compared_again(
    dataset: RoadDataset, tmp_path: Path
) -> None:
    model = load_model(_checkpoint(tmp_path / "best.safetensors"), device="cpu", precision="32")
    scores = evaluate(model, dataset)
    shares = {}
    samples = EvalDataset(dataset.pairs("val"), dataset.label_map)
    for sample in (samples[index] for index in range(len(samples))):
        batch = torch.from_numpy(sample["image"]).permute(2, 0, 1).unsqueeze(0)
        preds = model.backend(batch).argmax(dim=1)[0].numpy()
        valid = sample["mask"] != 255
        shares[sample["path"]] = np.mean(preds[valid] != sample["mask"][valid])
    assert [each.key for each in scores.worst] == sorted(shares, key=shares.__getitem__)[::-1]
    again = pickle.loads(pickle.dumps(scores))
    for each in again.worst:
        assert each.share == shares[each.key]
        seen = each.compared
        valid = seen.mask != 255
        assert np.mean(seen.preds[valid] != seen.mask[valid]) == each.share
        assert seen.image is not None
        assert seen.image.shape[:2] == seen.mask.shape
