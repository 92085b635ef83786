"""What the options of ``evaluate`` mean: a model on a data set, or ready-made masks on labels."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .data_cli import DataSource
from .errors import InputError
from .files import expand_home
from .results import newest_run
from .yaml_file import YAML_SUFFIXES

if TYPE_CHECKING:
    from .datasets import Endings, RoadDataset
    from .evaluation import Evaluation
    from .evaluation.predicted_ids import PredictionIds
    from .labels import LabelMap, LabelSpace
    from .models import LoadedModel


@dataclass(frozen=True)
class Scoring:
    """What is scored and how, as ``effunet evaluate`` documents it.

    Raises:
        InputError: The options contradict each other.
    """

    checkpoint: Path | None = None
    data: DataSource = DataSource()
    split: str = "val"
    protocol: str = "native"
    predictions: Path | None = None
    labels: Path | None = None
    label_space: str | None = None
    prediction_ids: "PredictionIds" = "train"
    device: str = "auto"
    batch_size: int | None = None
    num_workers: int = 1

    def __post_init__(self) -> None:
        ready_made = self.predictions is not None or self.labels is not None
        of_files = (self.predictions, self.labels, self.label_space, self.prediction_ids)
        of_model = (self.data, self.split, self.device, self.batch_size, self.num_workers)
        if self.checkpoint is None and ready_made and None in {self.predictions, self.labels}:
            raise _unclear(
                "ready-made predictions are scored against labels, and one of them is named"
            )
        if self.checkpoint is not None and of_files != (None, None, None, "train"):
            raise _unclear(
                "a checkpoint is scored on a data set, ready-made predictions on --labels"
            )
        if ready_made and of_model != (DataSource(), "val", "auto", None, 1):
            raise _unclear(
                "ready-made predictions are scored as they are: --data, --split, --device, "
                "--batch_size and --num_workers belong to a checkpoint"
            )
        if self.checkpoint is not None and self.checkpoint.suffix in YAML_SUFFIXES:
            raise InputError(
                f"{self.checkpoint} is no checkpoint",
                where="--checkpoint, or a word without an option",
                why="a YAML file describes data",
                fix=f"effunet evaluate --data.root {shlex.quote(str(self.checkpoint))}",
            )

    @cached_property
    def source(self) -> Path:
        """What is scored: masks, or a run, which is the newest finished one if none is named.

        Raises:
            InputError: There is none.
        """
        return self.predictions or self.checkpoint or newest_run()

    def run(
        self,
        *,
        checking: Callable[[int, int], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> "Evaluation":
        """Score it.

        Args:
            checking: Called with the pictures checked and the pictures to check.
            progress: Called with the pictures done and the pictures to do.

        Raises:
            InputError: It cannot be scored.
        """
        from . import evaluation

        if self.predictions is not None and self.labels is not None:
            space, label_map, endings, notes = _labels(self.label_space)
            scores = evaluation.evaluate_predictions(
                self.predictions,
                self.labels,
                protocol=self.protocol,
                label_space=space,
                label_map=label_map,
                prediction_ids=self.prediction_ids,
                endings=endings,
            )
            return replace(scores, notes=(*notes, *scores.notes))
        dataset, model = self._data_and_model()
        return evaluation.evaluate(
            model,
            dataset,
            split=self.split,
            protocol=self.protocol,
            batch_size=self.batch_size,
            num_workers=self.num_workers,
            checking=checking,
            progress=progress,
        )

    def _data_and_model(self) -> "tuple[RoadDataset, LoadedModel]":
        """What is scored on what: where no data are named, on those the run was trained with."""
        from .datasets import open_dataset
        from .finished_runs import data_of_run
        from .models import load_model

        data = self.data
        model = load_model(self.source, device=self.device)
        trained = data_of_run(expand_home(self.source)) if data.root is None else None
        if data.root is None and trained is None:
            raise InputError(
                "no data is named",
                where=self.source,
                why="it lies in no run's folder, which would say what it was trained with",
                fix="--data.root DIR, or the YAML file that describes the data",
            )
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
    if Path(name).suffix in YAML_SUFFIXES:
        found = read_description(Path(name))
        return found.label_space, found.label_map, found.places.endings, found.notes
    return find_label_space(name), None, NO_ENDINGS, ()


def _unclear(what: str) -> InputError:
    return InputError(
        what,
        where="effunet evaluate",
        fix="--checkpoint RUN --data.root DIR, or --predictions DIR --labels DIR",
    )
