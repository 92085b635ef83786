"""Encoders that once ended the process, or training on two processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors import safe_open

from ..commands import words_of

SCRIPT = Path(__file__).parents[2] / "train_seg.py"
TWO = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


@pytest.mark.parametrize(
    ("encoder", "decoder", "launcher"),
    [
        ("mobileone_s0", "fpn", []),
        ("tu-repvgg_a0", "fpn", []),
        ("efficientnet-b0", "fpn", []),
        ("tu-mobilenetv3_small_100", "pspnet", TWO),
    ],
)
def test_two_steps_end_in_a_checkpoint(
    idd_lite_root: Path, tmp_path: Path, encoder: str, decoder: str, launcher: list[str]
) -> None:
    options = {
        "data.root": idd_lite_root,
        "data.crop_size": "[32,64]",
        "model.encoder": encoder,
        "model.decoder": decoder,
        "model.weights": "none",
        "trainer.epochs": 2 if launcher else 1,
        "trainer.precision": "32",
        "batch_size": 2,
        "num_workers": 0,
        "device": "cpu",
        "out": tmp_path / "run",
    }
    words = words_of(options)
    done = subprocess.run(
        [sys.executable, *launcher, str(SCRIPT), *words],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    with safe_open(tmp_path / "run/final.safetensors", framework="pt") as file:
        names = set(file.keys())
    assert "segmentation_head.0.weight" in names
    # smp's efficientnets end in a layer that no decoder reads: it would get no gradient
    assert not any("_conv_head" in name for name in names)
