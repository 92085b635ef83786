"""What a scoring comes to, as numbers, as JSON and as lines to print."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..files import write_bytes
from ..imaging import Picture
from ..json_values import jsonable
from ..labels import LabelSpace
from ..metrics import iou_from_confusion, majority_miou, miou, pixel_accuracy
from ..report import Table, class_table, html_fragment, plot_confusion
from ..versions import installed_versions
from .mistaken import Mistaken
from .protocols import Protocol


@dataclass(frozen=True)
class Origin:
    """Where the scored masks came from."""

    data: Mapping[str, str]
    """Name, folder and split of the labels, as far as they have them."""
    input_scale: float | None = None
    """Of the model; None for ready-made masks."""
    precision: str | None = None
    """Number format the network computed in; None for ready-made masks."""
    threads: int | None = None
    """It computed on; in half precision they too decide the fifth digit."""
    checkpoint: Path | None = None
    """File of the model."""
    checkpoint_sha256: str | None = None
    """Of that file."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """What the model was trained with."""
    data_sha256: str | None = None
    """Of the bytes of the pictures and the classes of the labels."""
    device: torch.device | None = None
    """The network computed on; None for ready-made masks."""
    seconds: float = 0.0
    """The scoring took."""


@dataclass(frozen=True, repr=False)
class Evaluation:
    """Counts of a whole split and what a protocol makes of them."""

    protocol: Protocol
    label_space: LabelSpace
    counts: Tensor
    """``(k + 1, k + 1)`` int64 pixels, rows the truth, void last."""
    images: int
    """Pictures that were counted."""
    origin: Origin
    notes: tuple[str, ...] = ()
    """What is worth knowing about the labels, to print beside the scores."""
    worst: tuple[Mistaken, ...] = ()
    """The pictures with the largest shares of wrong pixels, worst first."""

    def __repr__(self) -> str:
        of = f"{self.images} picture{'s' if self.images > 1 else ''} of {self.label_space.name}"
        return f"Evaluation(mIoU {self.miou:.4f}, {of}, protocol {self.protocol.name})"

    @property
    def confusion(self) -> Tensor:
        """``(k, k + 1)``: without the pixels whose truth is void."""
        return self.counts[:-1]

    @property
    def iou(self) -> dict[str, float]:
        """Of each class, in 0…1; NaN for a class in neither truth nor prediction."""
        scores = iou_from_confusion(self.confusion).tolist()
        return dict(zip(self.label_space.names, scores, strict=True))

    @property
    def miou(self) -> float:
        """Mean over the classes that occur in truth or prediction."""
        return miou(self.confusion)

    @property
    def pixel_accuracy(self) -> float:
        """Share of the valid pixels that were predicted right."""
        return pixel_accuracy(self.confusion)

    @property
    def official(self) -> dict[str, float]:
        """Means that the benchmark's own script prints, by name; NaN where it prints NaN."""
        return dict(self.protocol.official(self.counts))

    @property
    def unclassified(self) -> float:
        """Share of the valid pixels that were predicted as void or as no class."""
        return float(self.confusion[:, -1].sum().double() / self.confusion.sum())

    @property
    def void_share(self) -> float:
        """Share of all pixels whose truth is void, which no score sees."""
        return float(self.counts[-1].sum().double() / self.counts.sum())

    @property
    def majority_miou(self) -> float:
        """The mIoU of always answering the commonest class."""
        return majority_miou(self.confusion)

    @property
    def scores(self) -> dict[str, float]:
        """mIoU, the official means and the pixel accuracy by name."""
        return {"mIoU": self.miou, **self.official, "pixel accuracy": self.pixel_accuracy}

    def describe(self) -> str:
        """How it was counted, in words."""
        size = self.protocol.size
        resolution = f"at {size[1]}x{size[0]}" if size else "at the labels' own size"
        pictures = f"{self.images} picture{'s' if self.images > 1 else ''}"
        return (
            f"protocol {self.protocol.name}: {pictures} {resolution}; {self.protocol.ignore_rule}"
        )

    def class_table(self) -> Table:
        """Share of the valid pixels and IoU of each class, worst first."""
        totals = self.confusion.sum(dim=1).double()
        return class_table(
            self.label_space.names,
            list(self.iou.values()),
            pixel_shares=(totals / totals.sum()).tolist(),
            palette=self.label_space.palette,
        )

    def plot(self) -> Picture:
        """The confusion matrix: which part of each true class was taken for which."""
        return plot_confusion(self.confusion.numpy(), self.label_space.names)

    def show(self) -> None:
        """Show :meth:`plot` below a notebook's cell, and elsewhere in the system's own viewer."""
        self.plot().show()

    def _repr_html_(self) -> str:
        return html_fragment(
            title=self.describe(),
            headline={name: _score(value) for name, value in self.scores.items()},
            tables=[self.class_table()],
        )

    def to_json(self) -> dict[str, Any]:
        """Plain types: fractions, None for NaN."""
        size, origin = self.protocol.size, self.origin
        values: dict[str, Any] = {
            "protocol": self.protocol.name,
            "resolution": {"height": size[0], "width": size[1]} if size else "native",
            "resizing": "nearest, at pixel centres" if size else None,
            "ignore_rule": self.protocol.ignore_rule,
            "average": "over the classes that occur in truth or prediction",
            "test_time_augmentation": None,
            "miou": self.miou,
            **self.official,
            "pixel_accuracy": self.pixel_accuracy,
            "iou": self.iou,
            "majority_miou": self.majority_miou,
            "unclassified": self.unclassified,
            "void_share": self.void_share,
            "images": self.images,
            "data": dict(origin.data),
            "data_sha256": origin.data_sha256,
            "label_space": self.label_space.name,
            "input_scale": origin.input_scale,
            "precision": origin.precision,
            "threads": origin.threads,
            "checkpoint": None if origin.checkpoint is None else str(origin.checkpoint),
            "checkpoint_sha256": origin.checkpoint_sha256,
            "versions": installed_versions(),
            "confusion": self.counts.tolist(),
        }
        plain: dict[str, Any] = jsonable(values)
        return plain


def write_metrics(evaluation: Evaluation, folder: Path) -> Path:
    """Write ``metrics.json`` into ``folder``, whole or not at all, and return its path.

    Raises:
        InputError: It cannot be written.
    """
    path = folder / "metrics.json"
    text = json.dumps(evaluation.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    # names of files need not be text: what is none stands as JSON escapes it, and reads back
    write_bytes(path, (text + "\n").encode(errors="backslashreplace"))
    return path


def class_lines(evaluation: Evaluation) -> str:
    """The per-class table as text, worst first, with the means below it."""
    table = evaluation.class_table()
    rows = [table.columns, *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    ]
    scores = {
        **evaluation.scores,
        "mIoU of always answering the commonest class": evaluation.majority_miou,
    }
    lines += ["", *(f"{name}  {_score(value)}" for name, value in scores.items())]
    if evaluation.unclassified > 0:
        lines.append(f"predicted as no class  {evaluation.unclassified:.2%} of the valid pixels")
    if evaluation.void_share > 0:
        lines.append(f"void in the labels  {evaluation.void_share:.2%} of all pixels")
    return "\n".join([*lines, "", evaluation.describe()])


def _score(value: float) -> str:
    return "NaN (a class does not occur)" if math.isnan(value) else f"{value:.4f}"
