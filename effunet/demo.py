"""The whole journey on drawn scenes: make data, train, score, predict, a page to look at."""

import shlex
import time
from collections.abc import Callable
from pathlib import Path

from .claims import claimed
from .config import (
    DataConfig,
    LossConfig,
    ModelConfig,
    OptimConfig,
    TrainConfig,
    TrainerConfig,
    check_range,
)
from .datasets import SCENE_FILES, open_dataset
from .evaluation import class_lines, evaluate, write_metrics
from .inference import predict
from .models import load_model
from .scenes import make_dataset
from .training import RunConsole, format_duration, train

_SCENES = 200


def run_demo(out: Path, *, seed: int, say: Callable[[str], None]) -> None:
    """Run everything into ``out`` and say where to look.

    Raises:
        InputError: ``out`` cannot be written.
    """
    check_range("seed", seed)
    with claimed(out, new=True) as folder:
        _run_into(folder, seed=seed, say=say)


def _run_into(folder: Path, *, seed: int, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    data = folder / "data"
    say(f"out      {folder}\n\n1. drawing {_SCENES} road scenes")
    make_dataset(data, names=SCENE_FILES, count=_SCENES, seed=seed)
    say("\n2. training")
    result = train(_config(data, seed), out=folder / "run", console=RunConsole())
    say("\n3. scoring scenes it has not seen")
    model = load_model(result.run)
    scores = evaluate(model, open_dataset("synthetic", data))
    write_metrics(scores, folder)
    say(class_lines(scores))
    say("\n4. predicting on pictures without labels")
    test = data / "leftImg8bit" / "test"
    summary = predict(result.run, test, folder / "predictions", overlay=True)
    overlays = sorted((folder / "predictions" / "overlays").rglob("*.jpg"))
    say(f"{summary.pictures} pictures, {summary.images_per_second:.1f} img/s")
    say(f"\ndone in {format_duration(time.monotonic() - began)}; look at")
    say(f"  an overlay   {overlays[0]}")
    say(f"  a page       {result.run / 'report.html'}")
    run = shlex.quote(str(result.run))
    say(f"\nnext     effunet predict --checkpoint {run} --source PICTURES --overlay")
    say("next     effunet train --data.name folder --data.root my_roads.yaml   (see README.md)")
    say(f"out      {folder}")


def _config(data: Path, seed: int) -> TrainConfig:
    """Minutes on a laptop's processor: small batches for many steps, weights for rare classes."""
    return TrainConfig(
        name="demo",
        data=DataConfig(
            name="synthetic", root=str(data), crop_size=(224, 320), scale_range=(0.8, 1.6)
        ),
        model=ModelConfig(decoder_channels=(128, 64, 32, 16, 16)),
        loss=LossConfig(class_weights="auto"),
        optim=OptimConfig(lr=3e-3, encoder_lr=1e-3),
        trainer=TrainerConfig(epochs=12),
        batch_size=4,
        seed=seed,
    )
