"""What guards and saved states cost of a training step and of an epoch.

``python -m benchmarks.guard_cost`` trains Lite0 as ``effunet train`` does, on scenes it draws, and
takes the time that the run spends in its guard and in saving: both sides come from one run.
"""

import argparse
import functools
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from effunet.config import DataConfig, ModelConfig, TrainConfig, TrainerConfig
from effunet.datasets import SCENE_FILES
from effunet.scenes import make_dataset
from effunet.training import train
from effunet.training.learning.guard import StepGuard
from effunet.training.learning.task import SegmentationTask
from effunet.training.state.checkpoints import Checkpoints

from .alternating import print_machine

_GUARD = ("on_train_batch_start", "on_before_optimizer_step", "on_train_batch_end")


class Calls:
    """When each call of a method began, and how long it took."""

    def __init__(self, owner: type, name: str) -> None:
        original: Callable[..., Any] = getattr(owner, name)
        self.begins: list[float] = []
        self.seconds: list[float] = []

        @functools.wraps(original)
        def timed(*args: object, **kwargs: object) -> object:
            began = time.perf_counter()
            self.begins.append(began)
            try:
                return original(*args, **kwargs)
            finally:
                self.seconds.append(time.perf_counter() - began)

        setattr(owner, name, timed)

    def median(self) -> float:
        """Seconds of one."""
        return statistics.median(self.seconds)

    def apart(self) -> float:
        """Median seconds from one to the next."""
        return statistics.median(later - one for one, later in itertools.pairwise(self.begins))


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=12, help="an epoch of the measured run")
    parser.add_argument("--epoch", type=int, default=175, help="batches to reckon with: IDD-Lite's")
    arguments = parser.parse_args()

    guard = [Calls(StepGuard, name) for name in _GUARD]
    saves = Calls(Checkpoints, "save")
    steps = Calls(SegmentationTask, "training_step")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "scenes")
        make_dataset(data, names=SCENE_FILES, count=150, seed=0, size=(227, 320))
        config = TrainConfig(
            data=DataConfig(name="synthetic", root=str(data), crop_size=(224, 320)),
            model=ModelConfig(variant="lite0", weights="none"),
            trainer=TrainerConfig(epochs=3, ema=0.999, limit_train_batches=arguments.batches),
        )
        train(config, out=Path(folder, "run"), console=Console(quiet=True))
    step, guarding = steps.apart(), sum(calls.median() for calls in guard)
    share = guarding / step
    epoch, saving = step * arguments.epoch, saves.median()
    print_machine()
    print(f"guard   {guarding * 1e3:.1f} ms of a step of {step * 1e3:.0f} ms: {share:.2%}")
    print(f"saving  {saving:.2f} s of an epoch of {epoch:.0f} s: {saving / epoch:.2%}")
    print(f"both    {share + saving / epoch:.2%}")


if __name__ == "__main__":
    main()
