"""What the ids in ready-made predictions stand for."""

from collections import Counter
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..datasets import read_ids, to_train_ids
from ..errors import InputError
from ..labels import LabelMap, LabelSpace

PredictionIds: TypeAlias = Literal["train", "label"]
"""Train ids, as ``predict`` writes them, or label ids, as the label files of a data set hold."""

_NAMED = 10  # ids named in full; the rest are counted


class PredictedIds:
    """Reads predictions, and remembers which of their ids stand for nothing."""

    def __init__(self, label_space: LabelSpace, label_map: LabelMap, kind: PredictionIds) -> None:
        self._space, self._map, self._kind = label_space, label_map, kind
        self._pixels: Counter[int] = Counter()
        self._first_unknown: Path | None = None

    def read(self, path: Path) -> NDArray[np.uint8] | NDArray[np.int32]:
        """Train ids ``(h, w)`` of a prediction; what is no class's id becomes void.

        Raises:
            InputError: The file cannot be read as ids.
        """
        ids = read_ids(path)
        for value, pixels in zip(*np.unique(ids, return_counts=True), strict=True):
            self._pixels[int(value)] += int(pixels)
        if self._first_unknown is None and not self._known(self._kind).issuperset(self._pixels):
            self._first_unknown = path
        return ids if self._kind == "train" else to_train_ids(ids, self._map)

    def refuse_unknown(self) -> None:
        """Name the ids that stand for nothing: as void they would count as misses in silence.

        Raises:
            InputError: There are some in the predictions that were read.
        """
        known = self._known(self._kind)
        unknown = sorted(self._pixels.keys() - known)
        if not unknown:
            return
        listed = ", ".join(f"{value} ({self._pixels[value]} pixels)" for value in unknown[:_NAMED])
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        other: PredictionIds = "label" if self._kind == "train" else "train"
        fix = f"write predictions with {self._kind} ids, void as {self._space.ignore_index}"
        if self._known(other).issuperset(self._pixels):
            fix = f"if they are {other} ids, as all of them could be: --prediction_ids {other}"
        raise InputError(
            f"the predictions hold ids that {self._space.name} does not have: {listed}{more}",
            where=f"first in {self._first_unknown}",
            why=f"they are read as {self._kind} ids, which are {_listed(known)}",
            fix=fix,
        )

    def _known(self, kind: PredictionIds) -> frozenset[int]:
        if kind == "label":
            return self._map.known_ids
        return frozenset(range(self._space.num_classes)) | {self._space.ignore_index}


def _listed(ids: frozenset[int]) -> str:
    """Ids with runs drawn together: ``0 to 18, 255``."""
    runs: list[list[int]] = []
    for value in sorted(ids):
        if runs and value == runs[-1][-1] + 1:
            runs[-1][1:] = [value]
        else:
            runs.append([value])
    return ", ".join(" to ".join(map(str, run)) for run in runs)
