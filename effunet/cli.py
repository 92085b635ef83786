"""The command line: one function a verb. Parse, call, print.

What a verb needs is imported inside it, so that ``--help`` stays fast.
"""

import shlex
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .config import TrainConfig
from .counter import counter
from .data_cli import DATA_VERBS, DataSource
from .errors import InputError

if TYPE_CHECKING:
    from .labels import LabelMap, LabelSpace


def train(
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
    print(f"page     {result.run / 'report.html'}")
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


def evaluate(
    *,
    checkpoint: Path | None = None,
    data: DataSource = DataSource(),
    split: str = "val",
    protocol: str = "native",
    predictions: Path | None = None,
    labels: Path | None = None,
    label_space: str | None = None,
    prediction_ids: Literal["train", "label"] = "train",
    out: Path | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    num_workers: int = 1,
) -> None:
    """Score a checkpoint on a data set, or ready-made masks against labels.

    Args:
        checkpoint: Run folder, whose best.safetensors counts, or such a file.
        data: Where the labelled pictures are.
        split: Split to score.
        protocol: native (the labels' own size) or idd_lite (256x128, as the official script).
        predictions: Folder of masks to score instead of a checkpoint.
        labels: Folder of the label files that belong to predictions.
        label_space: What predictions and labels mean: idd_lite, camvid, cityscapes, or the YAML
            file that describes a folder.
        prediction_ids: What predictions hold: train ids, as predict writes them, or label ids, as
            the label files do.
        out: Folder for metrics.json, which is replaced there. A new runs/evaluate/NAME if left
            out.
        device: auto, cpu, cuda or mps.
        batch_size: Most pictures at once, of large ones fewer; as in training if left out.
        num_workers: Processes that read pictures.
    """
    from . import evaluation
    from .datasets import open_dataset
    from .models import load_model

    if checkpoint is None and (predictions is None or labels is None):
        raise _unclear("there is nothing to score")
    of_files = (predictions, labels, label_space, prediction_ids)
    if checkpoint is not None and of_files != (None, None, None, "train"):
        raise _unclear("a checkpoint is scored on a data set, ready-made predictions on --labels")
    of_model = (data, split, device, batch_size, num_workers)
    if checkpoint is None and of_model != (DataSource(), "val", "auto", None, 1):
        raise _unclear(
            "ready-made predictions are scored as they are: --data, --split, --device, "
            "--batch_size and --num_workers belong to a checkpoint"
        )
    with _output(out, "evaluate", checkpoint or predictions or Path()) as folder:
        if checkpoint is not None:
            model = load_model(checkpoint, device=device)
            scores = evaluation.evaluate(
                model,
                open_dataset(data.name or model.data_name or "idd_lite", data.root),
                split=split,
                protocol=protocol,
                batch_size=batch_size,
                num_workers=num_workers,
                checking=counter("checked"),
                progress=counter("scored"),
            )
        elif predictions is not None and labels is not None:
            space, label_map, notes = _labels(label_space) if label_space else (None, None, ())
            scores = evaluation.evaluate_predictions(
                predictions,
                labels,
                protocol=protocol,
                label_space=space,
                label_map=label_map,
                prediction_ids=prediction_ids,
            )
            scores = replace(scores, notes=(*notes, *scores.notes))
        metrics = evaluation.write_metrics(scores, folder)
    print(evaluation.class_lines(scores))
    for note in scores.notes:
        print(f"note     {note}")
    print(f"out      {metrics}")


def _labels(name: str) -> "tuple[LabelSpace, LabelMap | None, tuple[str, ...]]":
    """Classes, what files say of them where they are described, and what is worth knowing."""
    from .datasets import read_description
    from .labels import find_label_space

    if name.endswith((".yaml", ".yml")):
        description = read_description(Path(name))
        return description.label_space, description.label_map, description.notes
    return find_label_space(name), None, ()


def _unclear(what: str) -> InputError:
    return InputError(
        what,
        where="effunet evaluate",
        fix="--checkpoint RUN --data.root DIR, or --predictions DIR --labels DIR",
    )


def predict(
    *,
    checkpoint: Path,
    source: str,
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
        checkpoint: Run folder, whose best.safetensors counts, or such a file.
        source: A picture, a folder with pictures at any depth, or a quoted glob.
        out: Folder for the masks, in the tree of the source; files there are replaced. A new
            runs/predict/NAME if left out.
        overlay: Also write the pictures with their classes in colour and a legend.
        probabilities: Also write the probability of every class at every pixel, as .npz.
        input_scale: Factor on the pictures' size before the network, instead of the checkpoint's:
            for pictures much larger or smaller than those trained on.
        device: auto, cpu, cuda or mps.
        batch_size: Most pictures at once, of large ones fewer; 8 if left out.
        threads: Threads that decode, and as many that write.
    """
    from . import inference

    with _output(out, "predict", Path(source)) as folder:
        summary = inference.predict(
            checkpoint,
            source,
            folder,
            overlay=overlay,
            probabilities=probabilities,
            input_scale=input_scale,
            device=device,
            batch_size=batch_size,
            threads=threads,
            progress=counter("segmented"),
        )
    print(summary.describe())
    print(f"out      {summary.out}")
    summary.raise_if_partly_done()


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
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
}


@contextmanager
def _output(out: Path | None, verb: str, source: Path) -> Iterator[Path]:
    """The folder of the results, this command's alone and printed before the work."""
    from .run_folder import results_folder

    with results_folder(out, verb, source) as folder:
        print(f"out      {folder}")
        yield folder
