"""A network small enough to run in milliseconds, and pictures on disk."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from effunet.config import ModelConfig
from effunet.imaging import write_image
from effunet.inference import Predictor, load
from effunet.labels import LABEL_MAPS, LABEL_SPACES
from effunet.models import build_model, save_model

_MODEL = {"variant": "lite0", "decoder_channels": (16, 8, 8, 8, 8), "weights": "none"}


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with random weights, where scale, normalisation and batch norms do something."""
    folder = tmp_path_factory.mktemp("run")
    label_space = LABEL_SPACES["idd_lite"]
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = ModelConfig(variant="lite0", decoder_channels=(16, 8, 8, 8, 8), weights="none")
        segmenter, _ = build_model(model, label_space=label_space, input_scale=1.5)
        segmenter.set_normalisation((0.4, 0.5, 0.6), (0.2, 0.3, 0.4))
        for module in segmenter.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.running_mean, 0, 0.1)  # type: ignore[arg-type]
                nn.init.uniform_(module.running_var, 0.5, 1.5)  # type: ignore[arg-type]
                nn.init.uniform_(module.weight, 0.8, 1.2)
                nn.init.normal_(module.bias, 0, 0.1)
    save_model(
        folder / "best.safetensors",
        segmenter,
        config={"model": _MODEL},
        label_space=label_space,
        label_map=LABEL_MAPS["idd_lite"],
        metrics={},
        weights="none",
    )
    return folder


@pytest.fixture(scope="session")
def predictor(run_folder: Path) -> Predictor:
    """In float32, so that results are equal to the last bit that matters."""
    return load(run_folder, device="cpu", precision="32", threads=2)


@pytest.fixture(scope="session")
def paint() -> Callable[..., NDArray[np.uint8]]:
    """``paint(seed, height, width)``: a picture of coloured blocks."""
    return _blocks


@pytest.fixture
def drive(tmp_path: Path, paint: Callable[..., NDArray[np.uint8]]) -> Path:
    """A folder of three pictures, two of them with one name, as IDD-Lite has them."""
    folder = tmp_path / "drive"
    for seed, name in enumerate(("2/7_image.png", "10/7_image.png", "10/11_image.png")):
        write_image(folder / name, paint(seed))
    return folder


def _blocks(seed: int, height: int = 40, width: int = 50) -> NDArray[np.uint8]:
    blocks = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return np.kron(blocks, np.ones((-(-height // 4), -(-width // 5), 1), np.uint8))[:height, :width]
