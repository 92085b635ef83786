"""The command line on scores: parse, call, print."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .counter import counter
from .data_cli import DataSource
from .results import announcing
from .run_folder import results_folder
from .scoring import Scoring
from .streams import fitted

if TYPE_CHECKING:
    from .evaluation import Evaluation


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
    scoring = Scoring(
        checkpoint=checkpoint,
        data=data,
        split=split,
        protocol=protocol,
        predictions=predictions,
        labels=labels,
        label_space=label_space,
        prediction_ids=prediction_ids,
        device=device,
        batch_size=batch_size,
        num_workers=num_workers,
    )
    with results_folder(out, "evaluate", scoring.source) as folder:
        scores = scoring.run(
            checking=counter("checked"), progress=announcing(folder, counter("scored"))
        )
        _tell(scores, folder)


def _tell(scores: "Evaluation", folder: Path) -> None:
    """Write and print what was found."""
    from . import evaluation
    from .report import try_to_draw

    metrics = evaluation.write_metrics(scores, folder)
    print(fitted(evaluation.class_lines(scores), sys.stdout))
    for note in scores.notes:
        print(f"note     {note}")
    if try_to_draw("report.html", partial(evaluation.write_report, scores, folder), say=print):
        print(f"page     {folder / 'report.html'}")
    print(f"out      {metrics}")
