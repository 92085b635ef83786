"""The command line: one function a verb. Parse, call, print.

What a verb needs is imported inside it, so that ``--help`` stays fast. None is called as what
``import effunet`` offers: jsonargparse looks there for a function of the same name, which imports
torch.
"""

import os
import shlex
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from .config import TrainConfig
from .counter import counter
from .data_cli import DATA_VERBS
from .evaluate_cli import evaluate_command
from .files import expand_home
from .results import announcing, newest_run
from .run_folder import results_folder


def train_command(
    config: TrainConfig,
    *,
    given: Collection[str] = (),
    resume: str | None = None,
    out: Path | None = None,
) -> None:
    """Train a network on road scenes.

    Args:
        config: What to train.
        given: Names of the settings in it that were typed or stand in a file.
        resume: Folder of an interrupted run to go on with. Options beside it may change where it
            trains and how long. auto: the newest run of this configuration's name, below runs/train
            or beside out, and where there is none a new one.
        out: Folder of the run, runs/train/NAME if left out; with -2, -3 where that exists.
            runs/train/latest leads to the newest run below runs/train.
    """
    from .stop_requests import listening

    with listening():  # importing what follows takes seconds in which a signal may come
        _train(config, given=given, resume=resume, out=out)


def _train(
    config: TrainConfig, *, given: Collection[str], resume: str | None, out: Path | None
) -> None:
    from . import training

    console, checked = training.RunConsole(), counter("checked")
    run, changes = training.run_to_resume(config, given=given, resume=resume, out=out)
    if run is None:
        result = training.train(config, out=out, console=console, progress=checked)
    else:
        resumed = training.resume(run, changes=changes, console=console, progress=checked)
        if resumed is None:
            _say_finished(run)
            return
        result = resumed
    if not training.is_main_process():
        return
    print(f"best     mIoU {result.miou:.4f} after epoch {result.epoch + 1}")
    page = result.run / "report.html"
    if page.is_file():
        print(f"page     {page}")
    for command in training.next_commands(result):
        print(f"next     {command}")
    print(f"run      {result.run}")


def _say_finished(run: Path) -> None:
    from .training import is_main_process

    if is_main_process():
        named = shlex.quote(str(run.resolve()))
        print(f"this run is finished, there is nothing to go on with: {named}")
        print(f"next     effunet train --resume {named} --trainer.epochs MORE")
        print(f"next     effunet train --config {named}/config.yaml --model.weights {named}")


def predict(
    *,
    source: str,
    more: Sequence[str] = (),
    checkpoint: Path | None = None,
    out: Path | None = None,
    overlay: bool = False,
    probabilities: bool = False,
    input_scale: float | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    threads: int = 1,
) -> None:
    """Segment pictures.

    Args:
        source: A picture, a folder with pictures at any depth, less the label files of data sets,
            or a glob; several of them, as a shell makes of drive/*.jpg, are taken too.
        more: Further sources.
        checkpoint: Run folder, whose best.safetensors counts, or such a file; if left out the
            newest finished run below where you stand.
        out: Folder for the masks, in the tree of the source, and report.html; files there are
            replaced. A new runs/predict/NAME if left out.
        overlay: Also write the pictures with their classes in colour and a legend.
        probabilities: Also write the probability of every class at every pixel, as .npz.
        input_scale: Factor on the pictures' size before the network, instead of the checkpoint's:
            for pictures much larger or smaller than those trained on.
        device: auto, cpu, cuda or mps.
        batch_size: Most pictures at once, of large ones fewer; 8 if left out.
        threads: Threads that decode, and as many that write.
    """
    from . import inference

    sources = (source, *more)
    with results_folder(out, "predict", _common(sources)) as folder:
        summary = inference.predict(
            checkpoint or newest_run(),
            sources,
            folder,
            overlay=overlay,
            probabilities=probabilities,
            input_scale=input_scale,
            device=device,
            batch_size=batch_size,
            threads=threads,
            progress=announcing(folder, counter("segmented")),
        )
    print(summary.describe())
    for note in summary.notes:
        print(f"note     {note}")
    if summary.page:
        print(f"page     {summary.page}")
    print(f"out      {summary.out}")
    summary.raise_if_partly_done()


def _common(sources: Sequence[str]) -> Path:
    """The source, or of several the folder they lie in."""
    if len(sources) == 1:
        return Path(sources[0])
    return Path(os.path.commonpath([expand_home(source).absolute() for source in sources]))


def checks() -> None:
    """Show versions, device and processor, and what is broken and how to mend it."""
    from .checks import exit_code, render_checks, run_checks

    found = run_checks()
    print(render_checks(found))
    if exit_code(found):
        sys.exit(exit_code(found))


def demo(
    *,
    out: Path | None = None,
    seed: int = 0,
    scenes: int | None = None,
    epochs: int | None = None,
) -> None:
    """Draw road scenes, train on them, score, predict: no data and no network, within 5 minutes.

    Args:
        out: Folder for everything; runs/demo if left out, runs/demo-2 where that exists.
        seed: Of scenes and training. The same seed draws the same scenes, but how many there are
            and for how many epochs it trains depends on the machine, and so does the result: give
            both to repeat one.
        scenes: How many to draw; if left out as many as this machine, whose speed is measured
            first, has time for within 5 minutes.
        epochs: How often to train on them; likewise.
    """
    from .demo import run_demo

    run_demo(out or Path("runs/demo"), seed=seed, scenes=scenes, epochs=epochs, say=print)


VERBS: dict[str, Callable[..., None]] = {
    "checks": checks,
    "demo": demo,
    **DATA_VERBS,
    "train": train_command,
    "evaluate": evaluate_command,
    "predict": predict,
}


BARE_WORDS = {
    "demo": "out",
    "data make": "out",
    "data check": "data.root",
    "data convert": "source",
    "data preview": "data.root",
    "data stats": "data.root",
    "data split": "data.root",
    "train": "config",
    "evaluate": "checkpoint",
    "predict": "source",
}
"""Command → the option that words without an option before them are values of."""
