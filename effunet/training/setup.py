"""From a configuration to checked parts; whatever is wrong is said before anything is written."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..config import LossConfig, TrainConfig
from ..datasets import RoadDataset, Split, check_train_and_val, open_dataset, recognise
from ..errors import InputError
from ..files import expand_home
from ..losses import check_loss, median_frequency
from ..models import (
    STRIDE,
    Segmenter,
    WeightsReport,
    build_model,
    default_crop,
    needs_batch_of_two,
)
from ..precision import Precision, choose_device, choose_precision
from .trainer import check_hardware


@dataclass(frozen=True)
class Prepared:
    """What a run is built from."""

    dataset: RoadDataset
    segmenter: Segmenter
    weights: WeightsReport | None
    """What the starting weights filled; None for random ones."""
    train: Split
    val: Split
    crop_size: tuple[int, int]
    device: torch.device
    precision: Precision
    processes: int
    """That train together."""
    processes_here: int
    """Those of them on this machine."""


def prepare(
    config: TrainConfig, *, load: bool = True, progress: Callable[[int, int], None] | None = None
) -> Prepared:
    """Build the network and check the data, which takes longest and so comes last.

    Args:
        config: Of the run.
        load: False leaves the weights random, for a checkpoint to fill.
        progress: Called with files looked at and files to look at.

    Raises:
        InputError: A setting or the data cannot be trained with.
    """
    crop_size = config.data.crop_size or default_crop(config.model)
    _check_crop(crop_size)
    _check_batch(config, crop_size)
    dataset = open_dataset(config.data.name, config.data.root)
    check_loss(config.loss, num_classes=dataset.label_space.num_classes)
    device = choose_device(config.device)
    precision = choose_precision(device, config.trainer.precision)
    processes, processes_here = check_hardware(config.trainer, device, precision)
    segmenter, weights = build_model(
        config.model,
        label_space=dataset.label_space,
        input_scale=config.data.input_scale,
        load=load,
    )
    train, val = check_train_and_val(dataset, progress=progress)
    return Prepared(
        dataset,
        segmenter=segmenter.use_precision(precision),
        weights=weights,
        train=train,
        val=val,
        crop_size=crop_size,
        device=device,
        precision=precision,
        processes=processes,
        processes_here=processes_here,
    )


def with_known_data(config: TrainConfig) -> tuple[TrainConfig, list[str]]:
    """The configuration with its data set's name, and lines that say what tells a name left out.

    Raises:
        InputError: It was left out, and the files do not tell.
    """
    if config.data.name is not None:
        return config, []
    found = recognise(config.data.root)
    told = [f"note     {found.note}"] if found.guessed else []
    return replace(config, data=replace(config.data, name=found.name)), told


def with_absolute_root(config: TrainConfig) -> TrainConfig:
    """So that a run can be resumed from anywhere."""
    if config.data.root is None:
        return config
    root = str(expand_home(config.data.root).resolve())
    return replace(config, data=replace(config.data, root=root))


def class_weights(config: LossConfig, prepared: Prepared) -> Tensor | None:
    """Weights of the classes, or None for equal ones."""
    if config.class_weights == "none":
        return None
    if config.class_weights == "auto":
        facts = prepared.train.facts
        return median_frequency(
            torch.from_numpy(facts.class_pixels), torch.from_numpy(facts.class_images)
        )
    return torch.tensor(config.class_weights, dtype=torch.float32)


def data_lines(prepared: Prepared) -> list[str]:
    """What is trained on and scored, and what is worth knowing about it, to print at the start."""
    splits = {"train": prepared.train, "val": prepared.val}
    counts = ", ".join(
        f"{len(split.pairs)} {name} ({split.facts.void_share:.1%} void)"
        for name, split in splits.items()
    )
    return [f"data     {counts}", *(f"note     {note}" for note in data_notes(prepared))]


def data_notes(prepared: Prepared) -> list[str]:
    """What is worth knowing about the data."""
    splits = {"train": prepared.train, "val": prepared.val}
    of_splits = [f"{name}: {note}" for name, split in splits.items() for note in split.facts.notes]
    return [*prepared.dataset.notes, *of_splits]


def _check_crop(crop_size: tuple[int, int]) -> None:
    height, width = crop_size
    if height % STRIDE or width % STRIDE or min(height, width) < STRIDE:
        nearest = tuple(max(STRIDE, round(side / STRIDE) * STRIDE) for side in crop_size)
        raise InputError(
            f"crop_size {list(crop_size)} is not a multiple of {STRIDE}",
            where="data.crop_size",
            why=f"the encoder halves the picture five times, down to 1/{STRIDE}",
            fix=f"--data.crop_size [{nearest[0]},{nearest[1]}]",
        )


def _check_batch(config: TrainConfig, crop_size: tuple[int, int]) -> None:
    """Batch norm needs two values a channel for a variance."""
    if config.batch_size >= smallest_batch(config.model.decoder, crop_size):
        return
    fix = "--batch_size 2, with --trainer.accumulate if memory is short"
    if needs_batch_of_two(config.model.decoder):
        raise InputError(
            f"decoder {config.model.decoder} cannot be trained with batch_size 1",
            where="batch_size",
            why="it normalises one pooled pixel a picture, whose variance needs two pictures",
            fix=fix,
        )
    raise InputError(
        f"a crop of {STRIDE}x{STRIDE} cannot be trained with batch_size 1",
        where="batch_size",
        why="the encoder's last features are one pixel, whose variance needs two pictures",
        fix=fix,
    )


def smallest_batch(decoder: str, crop_size: tuple[int, int]) -> int:
    """Pictures that a batch needs, for some value is normalised over one pixel of each."""
    return 2 if needs_batch_of_two(decoder) or crop_size == (STRIDE, STRIDE) else 1
