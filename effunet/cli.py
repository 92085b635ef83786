"""The command line: one function a verb. Parse, call, print.

What a verb needs is imported inside it, so that ``--help`` stays fast.
"""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .config import TrainConfig
from .counter import counter
from .errors import InputError

if TYPE_CHECKING:
    from .labels import LabelMap, LabelSpace


@dataclass(frozen=True)
class DataSource:
    """Which data."""

    root: str | None = None
    """Folder of the data set; for ``folder`` the YAML file that describes it."""
    name: str | None = None
    """Data set: idd_lite, camvid, cityscapes, folder or synthetic; if left out the checkpoint's
    own, and idd_lite where there is none."""


def train(config: TrainConfig, *, resume: Path | None = None, out: Path | None = None) -> None:
    """Train a network on road scenes.

    Args:
        config: What to train.
        resume: Folder of an interrupted run to go on with, as it was configured.
        out: Folder of the run, runs/train/NAME if left out; with -2, -3 where that exists.
            runs/train/latest leads to the newest run below runs/train.
    """
    from .stop_requests import listening

    with listening():  # importing what follows takes seconds in which a signal may come
        from . import training

        console = training.RunConsole()
        if resume is not None:
            if replace(config, name="") != TrainConfig() or out is not None:
                raise InputError(
                    "--resume goes on with a run as it was configured",
                    where="effunet train",
                    why="other options would be ignored",
                    fix="leave them out, or start a new run from it with --model.weights "
                    + shlex.quote(str(resume)),
                )
            result = training.resume(resume, console=console, progress=counter("checked"))
            if result is None:
                run = shlex.quote(str(resume.resolve()))
                print(f"this run is finished, there is nothing to go on with: {run}")
                print(f"next     effunet train --config {run}/config.yaml --model.weights {run}")
                return
        else:
            result = training.train(config, out=out, console=console, progress=counter("checked"))
        if not training.is_main_process():
            return
        print(f"best     mIoU {result.miou:.4f} after epoch {result.epoch + 1}")
        print(f"page     {result.run / 'report.html'}")
        for command in training.next_commands(result):
            print(f"next     {command}")
        print(f"run      {result.run}")


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
                open_dataset(data.name or model.config["data"]["name"], data.root),
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


def data_make(
    *, out: Path, count: int = 200, seed: int = 0, size: tuple[int, int] = (227, 320)
) -> None:
    """Draw road scenes with exact masks, in IDD-Lite's layout.

    Args:
        out: New folder of the data set.
        count: Scenes over all splits.
        seed: The same seed draws the same scenes.
        size: (height, width) of the pictures.
    """
    from .datasets import SCENE_FILES
    from .scenes import make_dataset

    print(f"out      {out.absolute()}")
    made = make_dataset(
        out, names=SCENE_FILES, count=count, seed=seed, size=size, progress=counter("drawn")
    )
    print(", ".join(f"{pictures} {split}" for split, pictures in made.items()))
    print(f"next     effunet train --data.name synthetic --data.root {shlex.quote(str(out))}")
    print(f"out      {out.absolute()}")


def data_check(*, data: DataSource) -> None:
    """Look at every picture and label file of train and val and list all faults.

    Args:
        data: Which data set.
    """
    from .datasets import check_train_and_val, open_dataset, split_lines

    dataset = open_dataset(data.name or "idd_lite", data.root)
    splits = check_train_and_val(dataset, progress=counter("checked"), listed=None)
    for name, split in zip(("train", "val"), splits, strict=True):
        print("\n".join(split_lines(name, split, dataset.label_space.names)))
    for note in dataset.notes:
        print(f"note     {note}")


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
    "data make": data_make,
    "data check": data_check,
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
