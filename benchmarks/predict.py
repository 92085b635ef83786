"""Prediction by effunet, one picture at a time, against plain smp in float32.

``python -m benchmarks.predict``: the same weights, pictures and threads on both sides, picture by
picture in turn, each from an array in memory to a mask in memory. With ``--checkpoint`` and
``--data.root`` also the mIoU of both on IDD-Lite's val split, at its own size.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import effunet
from effunet.config import ModelConfig, TrainConfig, config_from_dict, config_to_dict
from effunet.datasets import load_pair, open_dataset
from effunet.labels import LABEL_MAPS, LABEL_SPACES
from effunet.metrics import ConfusionMatrix, miou
from effunet.models import build_model, read_model, save_model

from .alternating import compare, print_comparison, print_machine
from .plain import PlainPredictor, plain_network

Mask = NDArray[np.uint8]
Predict = Callable[[NDArray[np.uint8]], Mask]
SPACE = LABEL_SPACES["idd_lite"]
WARM_UP = 3


def random_checkpoint(folder: Path, variant: str) -> Path:
    """A checkpoint with random weights, for speed alone."""
    model = ModelConfig(variant=variant, weights="none")
    segmenter, _ = build_model(model, label_space=SPACE, input_scale=1.0)
    path = folder / "best.safetensors"
    save_model(
        path,
        segmenter,
        config=config_to_dict(TrainConfig(model=model)),
        label_space=SPACE,
        label_map=LABEL_MAPS["idd_lite"],
        metrics={},
        weights="none",
    )
    return path


def both_predictors(checkpoint: Path) -> tuple[Predict, Predict]:
    """Plain and effunet, from one checkpoint."""
    saved = read_model(checkpoint)
    segmenter = saved.segmenter
    plain = PlainPredictor(
        plain_network(segmenter, config_from_dict(saved.config).model),
        mean=segmenter.mean,
        std=segmenter.std,
        input_scale=segmenter.input_scale,
    )
    predictor = effunet.load(checkpoint, device="cpu")
    return plain, lambda image: predictor(image).mask


def seconds_of(predict: Predict, image: NDArray[np.uint8]) -> float:
    """Wall time of one picture."""
    start = time.perf_counter()
    predict(image)
    return time.perf_counter() - start


def print_scores(plain: Predict, ours: Predict, root: Path) -> None:
    """mIoU of both on the whole val split."""
    dataset = open_dataset("idd_lite", root)
    counts = {name: ConfusionMatrix(SPACE.num_classes) for name in ("plain", "effunet")}
    for pair in dataset.pairs("val"):
        image, mask = load_pair(pair, dataset.label_map)
        for name, predict in (("plain", plain), ("effunet", ours)):
            preds = torch.from_numpy(predict(image))[None].long()
            counts[name].update(preds, torch.from_numpy(mask)[None].long())
    scores = {name: float(miou(matrix.confusion)) for name, matrix in counts.items()}
    points = 100 * (scores["effunet"] - scores["plain"])
    print(
        f"IDD-Lite val mIoU: plain {scores['plain']:.4f}, effunet {scores['effunet']:.4f}, "
        f"{points:+.3f} points"
    )


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="run or file; random weights without it")
    parser.add_argument("--data.root", dest="root", type=Path, help="IDD-Lite, for the mIoU")
    parser.add_argument("--variant", default="lite0", help="without a checkpoint")
    parser.add_argument("--size", type=int, nargs=2, default=(227, 320), help="height and width")
    parser.add_argument("--rounds", type=int, default=60, help="pictures each")
    arguments = parser.parse_args()

    print_machine()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = arguments.checkpoint or random_checkpoint(Path(folder), arguments.variant)
        plain, ours = both_predictors(checkpoint)
    image = np.random.default_rng(0).integers(0, 256, (*arguments.size, 3), dtype=np.uint8)
    for _ in range(WARM_UP):
        plain(image), ours(image)
    seconds = compare(
        lambda: seconds_of(plain, image),
        lambda: seconds_of(ours, image),
        rounds=arguments.rounds,
    )
    height, width = arguments.size
    print_comparison(f"one picture of {height}x{width}", seconds)
    if arguments.root is not None:
        print_scores(plain, ours, arguments.root)


if __name__ == "__main__":
    main()
