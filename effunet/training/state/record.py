"""What a run trains with, kept in its checkpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytorch_lightning as pl

from ...config import TrainConfig, config_from_dict, config_to_dict
from ...datasets import RoadDataset
from ...json_values import sha256_of
from ...labels import LabelMap, LabelSpace
from .course import Course


@dataclass(frozen=True)
class Record:
    """What the weights in a checkpoint were trained with."""

    config: TrainConfig
    label_space: LabelSpace
    label_map: LabelMap
    """How the label files may say the classes."""
    pictures: Mapping[str, tuple[int, str]]
    """Split → how many pictures, and a digest of their keys in order."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """Split → digest of its files' contents; empty before they were looked at."""
    processes: int | None = None
    """That train together; None before it is known."""

    @classmethod
    def of(cls, config: TrainConfig, dataset: RoadDataset) -> "Record":
        """What can be told before any picture is opened."""
        keys = {name: [pair.key for pair in dataset.pairs(name)] for name in ("train", "val")}
        return cls(
            config=config,
            label_space=dataset.label_space,
            label_map=dataset.label_map,
            pictures={
                name: (len(of_split), sha256_of(of_split)) for name, of_split in keys.items()
            },
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain types only, which a checkpoint may hold."""
        return {
            "config": config_to_dict(self.config),
            "label_space": self.label_space.to_dict(),
            "label_map": self.label_map.to_dict(),
            "pictures": {name: list(facts) for name, facts in self.pictures.items()},
            "contents": dict(self.contents),
            "processes": self.processes,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Record":
        """Inverse of :meth:`to_dict`."""
        return cls(
            config=config_from_dict(values["config"]),
            label_space=LabelSpace.from_dict(values["label_space"]),
            label_map=LabelMap.from_dict(values["label_map"]),
            pictures={name: (count, keys) for name, (count, keys) in values["pictures"].items()},
            contents=dict(values["contents"]),
            processes=values["processes"],
        )


class KeepRecord(pl.Callback):
    """Puts the record, the course and how much the optimiser remembers into every checkpoint."""

    def __init__(self, record: Record, course: Course) -> None:
        self.record = record
        self.course = course

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Under ``run`` and ``course``."""
        (optimizer,) = checkpoint["optimizer_states"]
        remembered = len(optimizer["state"])
        checkpoint["run"] = {**self.record.to_dict(), "optimizer_tensors": remembered}
        checkpoint["course"] = self.course.to_dict()
