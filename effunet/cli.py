"""The command line: one function a verb. Parse, call, print.

What a verb needs is imported inside it, so that ``--help`` stays fast.
"""

import os
import shlex
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .config import TrainConfig
from .counter import counter
from .data_cli import DATA_VERBS, DataSource
from .errors import InputError
from .files import expand_home
from .run_folder import results_folder

if TYPE_CHECKING:
    from .datasets import RoadDataset
    from .labels import LabelMap, LabelSpace
    from .models import LoadedModel


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
        checkpoint: Run folder, whose best.safetensors counts, or such a file; if left out the
            newest finished run below where you stand.
        data: Where the labelled pictures are; if left out those that the run was trained with.
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

    ready_made = predictions is not None or labels is not None
    of_files = (predictions, labels, label_space, prediction_ids)
    if checkpoint is None and ready_made and None in {predictions, labels}:
        raise _unclear("ready-made predictions are scored against labels, and one of them is named")
    if checkpoint is not None and of_files != (None, None, None, "train"):
        raise _unclear("a checkpoint is scored on a data set, ready-made predictions on --labels")
    of_model = (data, split, device, batch_size, num_workers)
    if ready_made and of_model != (DataSource(), "val", "auto", None, 1):
        raise _unclear(
            "ready-made predictions are scored as they are: --data, --split, --device, "
            "--batch_size and --num_workers belong to a checkpoint"
        )
    if predictions is None or labels is None:
        run = checkpoint or _newest_run()
        with results_folder(out, "evaluate", run) as folder:
            dataset, model = _data_and_model(run, data, device=device)
            scores = evaluation.evaluate(
                model,
                dataset,
                split=split,
                protocol=protocol,
                batch_size=batch_size,
                num_workers=num_workers,
                checking=counter("checked"),
                progress=_announcing(folder, counter("scored")),
            )
            metrics = evaluation.write_metrics(scores, folder)
    else:
        space, label_map, notes = _labels(label_space) if label_space else (None, None, ())
        with results_folder(out, "evaluate", predictions) as folder:
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


def _newest_run() -> Path:
    from .finished_runs import newest_finished_run

    run = newest_finished_run()
    print(f"run      {run} (the newest finished one here)")
    return run


def _data_and_model(
    run: Path, data: DataSource, *, device: str
) -> "tuple[RoadDataset, LoadedModel]":
    """What is scored on what: where no data are named, on those the run was trained with."""
    from .datasets import open_dataset
    from .finished_runs import data_of_run
    from .models import load_model

    model = load_model(run, device=device)
    trained = data_of_run(expand_home(run)) if data.root is None else None
    if trained and data.name in {None, trained.name}:
        print(f"data     {trained.root}, as the run was trained with")
        data = DataSource(root=trained.root, name=trained.name)
    return open_dataset(data.name, data.root, expected=model.data_name), model


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
        source: A picture, a folder with pictures at any depth, or a glob; several of them, as a
            shell makes of drive/*.jpg, are taken too.
        more: Further sources.
        checkpoint: Run folder, whose best.safetensors counts, or such a file; if left out the
            newest finished run below where you stand.
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

    sources = (source, *more)
    with results_folder(out, "predict", _common(sources)) as folder:
        summary = inference.predict(
            checkpoint or _newest_run(),
            sources,
            folder,
            overlay=overlay,
            probabilities=probabilities,
            input_scale=input_scale,
            device=device,
            batch_size=batch_size,
            threads=threads,
            progress=_announcing(folder, counter("segmented")),
        )
    print(summary.describe())
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


def demo(*, out: Path | None = None, seed: int = 0) -> None:
    """Draw road scenes, train on them, score, predict: no data and no network needed.

    Args:
        out: Folder for everything; runs/demo if left out, runs/demo-2 where that exists.
        seed: Of scenes and training.
    """
    from .demo import run_demo

    run_demo(out or Path("runs/demo"), seed=seed, say=print)


VERBS: dict[str, Callable[..., None]] = {
    "checks": checks,
    "demo": demo,
    **DATA_VERBS,
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
}


BARE_WORDS = {
    "data make": "out",
    "data check": "data.root",
    "train": "config",
    "evaluate": "checkpoint",
    "predict": "source",
}
"""Command → the option that words without an option before them are values of."""


def _announcing(folder: Path, count: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """Count, and name the folder once something is done, so that none is named and not made."""
    announced = False

    def show(done: int, total: int) -> None:
        nonlocal announced
        if not announced:
            print(f"out      {folder}", flush=True)
        announced = True
        count(done, total)

    return show
