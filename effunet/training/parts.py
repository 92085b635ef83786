"""What a run is made of, built from its configuration."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytorch_lightning as pl

from ..config import TrainConfig
from ..losses import build_loss
from .data.data_module import RoadDataModule
from .learning.task import SegmentationTask
from .setup import Prepared, class_weights, prepare
from .state.course import Course
from .state.ranks import is_main_process
from .state.record import Record
from .state.resume import Position


@dataclass(frozen=True)
class Parts:
    """What is trained, and on what; making it finds whatever is wrong with the configuration."""

    prepared: Prepared
    task: SegmentationTask
    data: RoadDataModule
    record: Record
    """What the run's checkpoints say of it."""


def build_parts(
    config: TrainConfig,
    *,
    start: Position,
    course: Course,
    load: bool,
    progress: Callable[[int, int], None] | None,
) -> Parts:
    """Check the configuration and its data, and build what is trained.

    Args:
        config: Of the run.
        start: Its next step.
        course: What its roll-backs changed.
        load: False leaves the weights random, for a checkpoint to fill.
        progress: Called with files looked at and files to look at.

    Raises:
        InputError: A setting or the data cannot be trained with.
    """
    pl.seed_everything(config.seed, verbose=False)
    prepared = prepare(config, load=load, progress=progress if is_main_process() else None)
    return parts_of(config, prepared, start=start, course=course)


def parts_of(config: TrainConfig, prepared: Prepared, *, start: Position, course: Course) -> Parts:
    """Build anew what is trained, on data that is checked and a network that is there.

    Args:
        config: Of the run.
        prepared: What it was checked to be trained on.
        start: Its next step.
        course: What its roll-backs changed.
    """
    label_space = prepared.dataset.label_space
    loss = build_loss(
        config.loss,
        ignore_index=label_space.ignore_index,
        class_weights=class_weights(config.loss, prepared),
    )
    task = SegmentationTask(
        prepared.segmenter, loss, label_space, config.optim, seed=config.seed, course=course
    )
    return Parts(
        prepared, task, RoadDataModule(config, prepared, start=start), _record(config, prepared)
    )


def _record(config: TrainConfig, prepared: Prepared) -> Record:
    scale = prepared.segmenter.input_scale  # where none was given, that of the weights
    splits = {"train": prepared.train, "val": prepared.val}
    return replace(
        Record.of(replace(config, data=replace(config.data, input_scale=scale)), prepared.dataset),
        contents={name: split.facts.digest for name, split in splits.items()},
        processes=prepared.processes,
    )
