"""The whole journey on drawn scenes: make data, train, score, predict, a page to look at."""

import math
import shlex
import tempfile
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
from .counter import counter
from .datasets import SCENE_FILES, open_dataset
from .demo_plan import TEST_SHARE, VAL_SHARE, Costs, choose_plan, describe_plan
from .durations import format_duration
from .evaluation import class_lines, evaluate, write_metrics
from .inference import predict
from .models import load_model
from .ranges import Range, ranges_of
from .scenes import make_dataset
from .training import RunConsole, measure_pace, train

_SCENES = Range(least=10, most=math.inf, example="200")
"""The least that leave a picture for each purpose."""
_TRAINED = 250.0
"""Seconds after which training is over, also on a machine that became slower than it was."""
_MEASURED = 40
"""Scenes: four batches to warm up and four to time, and two to validate on."""


def run_demo(
    out: Path,
    *,
    seed: int,
    scenes: int | None = None,
    epochs: int | None = None,
    say: Callable[[str], None],
) -> None:
    """Run everything into ``out`` and say where to look.

    Args:
        out: Folder that does not exist, or one beside it is made.
        seed: Of scenes and training.
        scenes: How many are drawn; as many as this machine has time for if left out.
        epochs: How often it trains on them; likewise.
        say: Prints a line.

    Raises:
        InputError: ``out`` cannot be written, or a number is out of range.
    """
    check_range("seed", seed)
    _SCENES.check("scenes", scenes)
    ranges_of(TrainerConfig)["epochs"].check("epochs", epochs)
    with claimed(out, new=True) as folder:
        _run_into(folder, seed=seed, scenes=scenes, epochs=epochs, say=say)


def _run_into(
    folder: Path, *, seed: int, scenes: int | None, epochs: int | None, say: Callable[[str], None]
) -> None:
    began = time.monotonic()
    end = math.inf if epochs else began + _TRAINED
    data = folder / "data"
    say(f"out      {folder}\n")
    if scenes is None or epochs is None:
        say("0. measuring how fast this machine is")
        costs = _measure(folder, seed)
        spent = time.monotonic() - began
        plan = choose_plan(costs, spent=spent, scenes=scenes, epochs=epochs)
        say(describe_plan(plan, costs))
        scenes, epochs = plan.scenes, plan.epochs
    say(f"\n1. drawing {scenes} road scenes")
    make_dataset(
        data,
        names=SCENE_FILES,
        count=scenes,
        seed=seed,
        val_share=VAL_SHARE,
        test_share=TEST_SHARE,
        progress=counter("drawn"),
    )
    say("\n2. training")
    run = train(
        _config(data, seed, epochs),
        out=folder / "run",
        within=end - time.monotonic(),
        console=RunConsole(),
        progress=counter("checked"),
    ).run
    overlay = _score_and_predict(run, folder, data, say=say)
    say(f"\ndone in {format_duration(time.monotonic() - began)}; look at")
    say(f"  an overlay   {overlay}")
    say(f"  pages        {run / 'report.html'}")
    say(f"               {folder / 'predictions' / 'report.html'}")
    named = shlex.quote(str(run))
    say(f"\nnext     effunet predict --checkpoint {named} --source PICTURES --overlay")
    say("next     effunet train --data.root my_roads.yaml   (see README.md)")
    say(f"out      {folder}")


def _score_and_predict(run: Path, folder: Path, data: Path, *, say: Callable[[str], None]) -> Path:
    """An overlay of a scene without labels."""
    say("\n3. scoring scenes it has not seen")
    dataset = open_dataset("synthetic", data)
    scores = evaluate(load_model(run), dataset, progress=counter("scored"))
    write_metrics(scores, folder)
    say(class_lines(scores))
    say("\n4. predicting on pictures without labels")
    test, predictions = data / "leftImg8bit" / "test", folder / "predictions"
    summary = predict(run, test, predictions, overlay=True, progress=counter("segmented"))
    say(f"{summary.pictures} pictures, {summary.images_per_second:.1f} img/s")
    return min((predictions / "overlays").rglob("*.jpg"))


def _measure(folder: Path, seed: int) -> Costs:
    """Seconds of drawing, training and scoring, on scenes that are thrown away."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="measured-") as scratch:
        data = Path(scratch) / "data"
        began = time.monotonic()
        make_dataset(data, names=SCENE_FILES, count=_MEASURED, seed=seed, test_share=0)
        drawn = time.monotonic()
        pace = measure_pace(_config(data, seed, epochs=1))
    return Costs(draw=(drawn - began) / _MEASURED, train=pace.train, score=pace.val)


def _config(data: Path, seed: int, epochs: int) -> TrainConfig:
    """Minutes on a laptop's processor: small batches for many steps, weights for rare classes."""
    return TrainConfig(
        name="demo",
        data=DataConfig(
            name="synthetic", root=str(data), crop_size=(224, 320), scale_range=(0.8, 1.6)
        ),
        model=ModelConfig(decoder_channels=(128, 64, 32, 16, 16)),
        loss=LossConfig(class_weights="auto"),
        optim=OptimConfig(lr=3e-3, encoder_lr=1e-3),
        trainer=TrainerConfig(epochs=epochs),
        batch_size=4,
        seed=seed,
    )
