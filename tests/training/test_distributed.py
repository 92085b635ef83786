"""Two processes, as torchrun starts them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from effunet.datasets import open_dataset
from effunet.evaluation import evaluate
from effunet.models import load_model

from ..commands import words_of
from ..conftest import WriteIddLite

SCRIPT = Path(__file__).parents[2] / "train_seg.py"


def test_two_processes_share_a_run_and_count_every_val_picture_once(
    idd_lite_root: Path, tmp_path: Path
) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    options = {
        "data.root": idd_lite_root,
        "data.crop_size": "[32,64]",
        "model.weights": "none",
        "model.decoder_channels": "[16,16,8,8,8]",
        "trainer.epochs": 2,
        "trainer.ema": 0.9,
        "batch_size": 2,
        "num_workers": 0,
        "trainer.precision": "32",
        "device": "cpu",
        "out": tmp_path / "runs/both",
    }
    words = words_of(options)
    done = subprocess.run(
        [*launcher, "--nproc-per-node", "2", str(SCRIPT), *words],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    run = tmp_path / "runs/both"
    assert sorted(path.name for path in run.parent.iterdir()) == ["both"]
    state = torch.load(run / "last.ckpt", weights_only=True)
    counted = torch.tensor(state["callbacks"]["KeepBest"]["confusion"]).sum()
    masks = [np.asarray(Image.open(path)) for path in (idd_lite_root / "gtFine/val").rglob("*.png")]
    assert counted == sum(int((mask != 255).sum()) for mask in masks)
    assert done.stdout.count("epoch 2/2") == done.stdout.count("best     ") == 1

    dataset = open_dataset("idd_lite", idd_lite_root)
    scores = evaluate(load_model(run, precision="32"), dataset)
    assert scores.miou == pytest.approx(state["callbacks"]["KeepBest"]["miou"], abs=1e-6)


_ONE_RANK_FAILS = """
import torch
from effunet.__main__ import entry
from effunet.training.learning.task import SegmentationTask

step = SegmentationTask.training_step

def changed(task, batch, index):
    if task.global_rank == 1 and task.current_epoch == 1 and index < 5:
        image = batch["image"].float()
        image[0, 0, 0, 0] = torch.nan
        batch = {**batch, "image": image}
    return step(task, batch, index)

SegmentationTask.training_step = changed
entry()
"""


def test_what_one_process_cannot_compute_all_of_them_skip_and_go_back_for(
    write_idd_lite: WriteIddLite, tmp_path: Path
) -> None:
    script = tmp_path / "fails.py"
    script.write_text(_ONE_RANK_FAILS)
    root = write_idd_lite(tmp_path / "more", train=24)
    options = {
        "data.root": root,
        "data.crop_size": "[32,64]",
        "model.weights": "none",
        "model.decoder_channels": "[16,16,8,8,8]",
        "trainer.epochs": 3,
        "batch_size": 2,
        "num_workers": 0,
        "trainer.precision": "32",
        "device": "cpu",
        "out": tmp_path / "run",
    }
    words = words_of(options)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = subprocess.run(
        [*launcher, "--nproc-per-node", "2", str(script), "train", *words],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("skipped  epoch 2") == 5
    assert done.stdout.count("back     to the end of epoch 1") == 1
    assert done.stdout.count("epoch 3/3") == 1
