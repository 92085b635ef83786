"""What a GPU does: trains, resumes, scores, predicts, in each precision, as a processor does."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch

from effunet.__main__ import main
from effunet.config import ModelConfig
from effunet.datasets import open_dataset
from effunet.evaluation import evaluate
from effunet.labels import LABEL_SPACES
from effunet.models import build_model, load_model, sync_batch_norms
from effunet.training.learning.task import SegmentationTask

from ..commands import words_of

pytestmark = pytest.mark.gpu

SCRIPT = Path(__file__).parents[2] / "train_seg.py"
_OTHER_PIXELS = 1e-3  # share that rounding alone may give another class


@pytest.fixture(autouse=True)
def _on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Float32 is float32: cuDNN would round convolutions' factors to 10 bits (TF32)."""
    if not torch.cuda.is_available():
        pytest.skip("NO CUDA DEVICE: nothing of this was tested")
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def _words(root: Path, out: Path, *, precision: str = "auto", epochs: int = 2) -> list[str]:
    options = {
        "data.root": root,
        "data.crop_size": "[32,64]",
        "model.weights": "none",
        "model.decoder_channels": "[16,16,8,8,8]",
        "trainer.epochs": epochs,
        "trainer.precision": precision,
        "batch_size": 2,
        "num_workers": 0,
        "device": "cuda",
        "out": out,
    }
    return ["train", *words_of(options)]


def _bf16() -> bool:
    return torch.cuda.get_device_capability()[0] >= 8


@pytest.mark.parametrize("precision", ["auto", "32", "16", "bf16"])
def test_a_run_trains_scores_and_predicts_in_the_precision_it_names(
    idd_lite_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    precision: str,
) -> None:
    chosen = precision if precision != "auto" else "bf16" if _bf16() else "16"
    used: list[tuple[torch.dtype, str]] = []
    step = SegmentationTask.training_step

    def noted(self: SegmentationTask, *args: object) -> object:
        network = self.segmenter.network
        head = network.get_submodule("segmentation_head")
        hook = head.register_forward_hook(lambda *io: used.append((io[2].dtype, io[2].device.type)))
        try:
            return step(self, *args)  # type: ignore[arg-type]
        finally:
            hook.remove()

    monkeypatch.setattr(SegmentationTask, "training_step", noted)
    run = tmp_path / "run"
    assert main(_words(idd_lite_root, run, precision=precision)) == 0
    assert f"device   cuda, {chosen}: " in capsys.readouterr().out
    dtype = {"32": torch.float32, "16": torch.float16, "bf16": torch.bfloat16}[chosen]
    assert set(used) == {(dtype, "cuda:0")}

    scores = tmp_path / "scores"
    words = ["--checkpoint", str(run), "--data.root", str(idd_lite_root), "--device", "cuda"]
    assert main(["evaluate", *words, "--out", str(scores)]) == 0
    assert 0 <= json.loads((scores / "metrics.json").read_text())["miou"] <= 1
    source = str(idd_lite_root / "leftImg8bit/val")
    words = ["--checkpoint", str(run), "--source", source, "--device", "cuda"]
    assert main(["predict", *words, "--out", str(tmp_path / "masks")]) == 0
    assert len(list((tmp_path / "masks").rglob("*.png"))) == 3


def test_the_confusion_matrix_is_the_processors(idd_lite_root: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert main(_words(idd_lite_root, run, precision="32")) == 0
    dataset = open_dataset("idd_lite", idd_lite_root)
    counts = [
        evaluate(load_model(run, device=device, precision="32"), dataset).counts.cpu()
        for device in ("cpu", "cuda")
    ]
    assert counts[0].sum() == counts[1].sum()
    assert (counts[0] - counts[1]).abs().sum() <= _OTHER_PIXELS * counts[0].sum()


def test_a_stopped_run_is_resumed_on_the_gpu(
    idd_lite_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, step = tmp_path / "run", SegmentationTask.training_step

    def stopped(self: SegmentationTask, *args: object) -> object:
        if self.current_epoch == 1:
            signal.raise_signal(signal.SIGTERM)
        return step(self, *args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(SegmentationTask, "training_step", stopped)
        assert main(_words(idd_lite_root, run, epochs=3)) == 128 + signal.SIGTERM
    assert main(["train", "--resume", str(run)]) == 0
    header, *rows = (run / "metrics.csv").read_text().split()
    assert [row.split(",")[header.split(",").index("epoch")] for row in rows] == ["0", "1", "2"]


def test_what_the_gradient_scaler_mends_is_no_fault(
    idd_lite_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scale = 2.0**30  # at which the first steps overflow in float16
    monkeypatch.setattr(torch.amp, "GradScaler", partial(torch.amp.GradScaler, init_scale=scale))
    run = tmp_path / "run"
    assert main(_words(idd_lite_root, run, precision="16", epochs=10)) == 0
    assert "skipped" not in capsys.readouterr().out
    state = torch.load(run / "last.ckpt", weights_only=True)
    assert state["MixedPrecision"]["scale"] < scale


def test_shared_batch_norms_of_one_process_are_plain_ones() -> None:
    segmenter, _ = build_model(
        ModelConfig(weights="none"), label_space=LABEL_SPACES["idd_lite"], input_scale=None
    )
    segmenter = segmenter.cuda().eval()
    images = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, device="cuda")
    with torch.no_grad():
        plain = segmenter.forward_train(images)
        sync_batch_norms(segmenter)
        shared = segmenter.forward_train(images)
    torch.testing.assert_close(shared, plain)


def test_two_gpus_share_a_run(idd_lite_root: Path, tmp_path: Path) -> None:
    if torch.cuda.device_count() < 2:
        pytest.skip("ONE CUDA DEVICE ALONE: two that share a run were not tested")
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    _, *words = _words(idd_lite_root, tmp_path / "run")
    done = subprocess.run(
        [*launcher, "--nproc-per-node", "2", str(SCRIPT), *words],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("epoch 2/2") == 1
