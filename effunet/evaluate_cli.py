"""The command line on scores: parse, call, print."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .counter import counter
from .data_cli import DataSource
from .errors import InputError
from .files import expand_home
from .results import announcing, newest_run
from .run_folder import results_folder
from .streams import fitted

if TYPE_CHECKING:
    from .datasets import Endings, RoadDataset
    from .evaluation import Evaluation
    from .labels import LabelMap, LabelSpace
    from .models import LoadedModel


def evaluate_command(
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
        out: Folder for metrics.json and report.html, which are replaced there. A new
            runs/evaluate/NAME if left out.
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
    if checkpoint is not None and checkpoint.suffix in {".yaml", ".yml"}:
        raise InputError(
            f"{checkpoint} is no checkpoint",
            where="--checkpoint, or a word without an option",
            why="a YAML file describes data",
            fix=f"effunet evaluate --data.root {shlex.quote(str(checkpoint))}",
        )
    if predictions is None or labels is None:
        run = checkpoint or newest_run()
        with results_folder(out, "evaluate", run) as folder:
            dataset, model = data_and_model(run, data, device=device)
            scores = evaluation.evaluate(
                model,
                dataset,
                split=split,
                protocol=protocol,
                batch_size=batch_size,
                num_workers=num_workers,
                checking=counter("checked"),
                progress=announcing(folder, counter("scored")),
            )
            _tell(scores, folder)
    else:
        space, label_map, endings, notes = _labels(label_space)
        with results_folder(out, "evaluate", predictions) as folder:
            scores = evaluation.evaluate_predictions(
                predictions,
                labels,
                protocol=protocol,
                label_space=space,
                label_map=label_map,
                prediction_ids=prediction_ids,
                endings=endings,
            )
            scores = replace(scores, notes=(*notes, *scores.notes))
            _tell(scores, folder)


def _tell(scores: "Evaluation", folder: Path) -> None:
    """Write and print what was found."""
    from . import evaluation

    metrics = evaluation.write_metrics(scores, folder)
    print(fitted(evaluation.class_lines(scores), sys.stdout))
    for note in scores.notes:
        print(f"note     {note}")
    print(f"page     {evaluation.write_report(scores, folder)}")
    print(f"out      {metrics}")


def data_and_model(
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


def _labels(
    name: str | None,
) -> "tuple[LabelSpace | None, LabelMap | None, Endings, tuple[str, ...]]":
    """Classes, how described files say and are called, and what is worth knowing."""
    from .datasets import NO_ENDINGS, read_description
    from .labels import find_label_space

    if name is None:
        return None, None, NO_ENDINGS, ()
    if name.endswith((".yaml", ".yml")):
        found = read_description(Path(name))
        return found.label_space, found.label_map, found.places.endings, found.notes
    return find_label_space(name), None, NO_ENDINGS, ()


def _unclear(what: str) -> InputError:
    return InputError(
        what,
        where="effunet evaluate",
        fix="--checkpoint RUN --data.root DIR, or --predictions DIR --labels DIR",
    )
