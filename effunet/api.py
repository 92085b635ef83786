"""Training and scoring from Python, with the names, defaults and messages of the command line."""

import io
import json
import os
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from . import cli
from .arguments import parse
from .config import (
    SECTIONS,
    DataConfig,
    LossConfig,
    ModelConfig,
    OptimConfig,
    TrainConfig,
    TrainerConfig,
)
from .data_cli import DataSource
from .errors import InputError
from .evaluation import Evaluation, write_metrics, write_report
from .files import expand_home
from .report import try_to_draw
from .run_folder import results_folder
from .scoring import Scoring
from .training import RunConsole, TrainResult, run_to_resume
from .training import resume as go_on
from .training import train as train_new

__all__ = [
    "DataConfig",
    "Evaluation",
    "LossConfig",
    "ModelConfig",
    "OptimConfig",
    "TrainResult",
    "TrainerConfig",
    "evaluate",
    "train",
]

Names: TypeAlias = Mapping[str, object]
"""Options of a section by name."""
AnyPath: TypeAlias = str | os.PathLike[str]
"""Of a file or folder, or what :func:`train` returned."""


def train(
    config: AnyPath | None = None,
    *,
    data: AnyPath | DataConfig | Names | None = None,
    model: ModelConfig | Names | None = None,
    loss: LossConfig | Names | None = None,
    optim: OptimConfig | Names | None = None,
    trainer: TrainerConfig | Names | None = None,
    name: str | None = None,
    batch_size: int | None = None,
    num_workers: int | None = None,
    device: str | None = None,
    seed: int | None = None,
    resume: AnyPath | None = None,
    out: AnyPath | None = None,
    quiet: bool = False,
) -> TrainResult:
    """Train a network on road scenes, as ``effunet train`` does.

    The options are those of the command, a section a keyword: ``--trainer.epochs 20`` is
    ``trainer={"epochs": 20}`` or ``trainer=TrainerConfig(epochs=20)``. What is left out comes from
    ``config``, and what is not there either has its default. Of a ``TrainerConfig`` what equals the
    default counts as left out::

        run = effunet.train(data="my_roads.yaml", trainer={"epochs": 20}, batch_size=4)
        run.show()

    Args:
        config: YAML file with any of the options, such as those in ``configs/``.
        data: Which data, and how they become crops. A name alone is ``data.root``.
        model: Which network.
        loss: What is minimised.
        optim: The optimiser and its schedule.
        trainer: How long and how to run.
        name: What the run is called.
        batch_size: Pictures a step and device.
        num_workers: Processes that load pictures.
        device: auto, cpu, cuda or mps.
        seed: Of weights, order and augmentation.
        resume: Folder of an interrupted run to go on with, or ``"auto"`` for the newest of this
            configuration's name.
        out: Folder of the run; a new one below ``runs/train`` if left out.
        quiet: Whether nothing is printed.

    Raises:
        InputError: Something given cannot be used.
        StoppedError: The run was asked to stop and is saved.
    """
    root = isinstance(data, str | os.PathLike)
    sections = {
        "data": {"root": data} if root else data,
        "model": model,
        "loss": loss,
        "optim": optim,
        "trainer": trainer,
    }
    whole: dict[str, object] = {
        "config": config,
        "name": name,
        "batch_size": batch_size,
        "num_workers": num_workers,
        "device": device,
        "seed": seed,
        "resume": resume,
        "out": out,
    }
    given = {name: value for name, value in whole.items() if value is not None}
    for section, values in sections.items():
        given |= {f"{section}.{key}": value for key, value in _named(section, values)}
    words = [f"--{name}={_word(value)}" for name, value in given.items()]
    return _train(**parse("train", cli.VERBS["train"], words), quiet=quiet)


def _train(
    *,
    config: TrainConfig,
    given: Collection[str],
    resume: str | None,
    out: Path | None,
    quiet: bool,
) -> TrainResult:
    console = RunConsole(io.StringIO() if quiet else None)
    run, changes = run_to_resume(config, given=given, resume=resume, out=out)
    if run is None:
        return train_new(config, out=out, console=console)
    result = go_on(run, changes=changes, console=console)
    if result is None:
        raise InputError(
            "this run is finished, there is nothing to go on with",
            where=run,
            fix='train it longer: trainer={"epochs": MORE}; or load it: effunet.load(RUN)',
        )
    return result


def evaluate(
    checkpoint: AnyPath | None = None,
    *,
    data: AnyPath | None = None,
    name: str | None = None,
    split: str = "val",
    protocol: str = "native",
    predictions: AnyPath | None = None,
    labels: AnyPath | None = None,
    label_space: str | None = None,
    prediction_ids: Literal["train", "label"] = "train",
    out: AnyPath | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    num_workers: int = 1,
) -> Evaluation:
    """Score a run on labelled pictures, or ready-made masks, as ``effunet evaluate`` does.

    ::

        scores = effunet.evaluate("runs/train/latest")
        scores.miou, scores.iou["road"], scores.worst[0]

    Args:
        checkpoint: Run folder, whose best counts, what :func:`train` returned, or a checkpoint; if
            left out the newest finished run below the working directory.
        data: Folder of the data set, or the YAML file that describes it; if left out what the run
            was trained with.
        name: Of the data set, as ``--data.name``; told from the files if left out.
        split: To score.
        protocol: native (the labels' own size) or idd_lite (256x128, as the official script).
        predictions: Folder of masks to score instead of a checkpoint.
        labels: Folder of the label files that belong to predictions.
        label_space: What predictions and labels mean: idd_lite, camvid, cityscapes, or the YAML
            file that describes a folder.
        prediction_ids: What predictions hold: train ids, as predict writes them, or label ids.
        out: Folder for ``metrics.json`` and ``report.html``; nothing is written if left out.
        device: auto, cpu, cuda or mps.
        batch_size: Most pictures at once, of large ones fewer; as in training if left out.
        num_workers: Processes that read pictures.

    Raises:
        InputError: The checkpoint or the data cannot be used, or do not belong together.
    """
    scoring = Scoring(
        checkpoint=_path(checkpoint),
        data=DataSource(None if data is None else os.fspath(data), name),
        split=split,
        protocol=protocol,
        predictions=_path(predictions),
        labels=_path(labels),
        label_space=label_space,
        prediction_ids=prediction_ids,
        device=device,
        batch_size=batch_size,
        num_workers=num_workers,
    )
    if out is None:
        return scoring.run()
    with results_folder(Path(out), "evaluate", scoring.source) as folder:
        scores = scoring.run()
        write_metrics(scores, folder)
        try_to_draw("report.html", partial(write_report, scores, folder), say=print)
    return scores


def _path(given: AnyPath | None) -> Path | None:
    return None if given is None else expand_home(os.fspath(given))


def _named(section: str, values: object) -> Iterator[tuple[str, object]]:
    """What is said of a section: all of a mapping, of an object what differs from its defaults."""
    if values is None:
        return
    if isinstance(values, Mapping):
        yield from values.items()
        return
    kind = SECTIONS[section]
    if not isinstance(values, kind):
        raise InputError(
            f"{section} cannot be {values!r}",
            where=f"effunet.train({section}=...)",
            why="it is a section of several options",
            fix=f'{section}={{"NAME": VALUE}} or effunet.{kind.__name__}(NAME=VALUE)',
        )
    usual = vars(kind())
    for name, value in vars(values).items():
        if value != usual[name]:
            yield name, value


def _word(value: object) -> str:
    """As it is typed."""
    return os.fspath(value) if isinstance(value, str | os.PathLike) else json.dumps(value)
