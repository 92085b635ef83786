"""What the ids in ready-made predictions stand for."""

from collections import Counter
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..datasets import LabelFile, palette_faults, raise_faults, ranges, read_ids, to_train_ids
from ..errors import InputError
from ..imaging import read_palette
from ..labels import LabelMap, LabelSpace, identity_map, match_palette

PredictionIds: TypeAlias = Literal["train", "label"]
"""Train ids, as ``predict`` writes them, or label ids, as the label files of a data set hold."""

_NAMED = 10  # ids named in full; the rest are counted


class PredictedIds:
    """Reads predictions, and remembers which of their ids stand for nothing or something else."""

    def __init__(
        self, label_space: LabelSpace, label_map: LabelMap, kind: PredictionIds, *, root: Path
    ) -> None:
        """Read predictions below ``root``, whose label ids are those of ``label_map``."""
        self._space, self._kind, self._root = label_space, kind, root
        self._maps: dict[PredictionIds, LabelMap] = {
            "train": _train_ids(label_space, label_map),
            "label": label_map,
        }
        self._files: list[LabelFile] = []

    def read(self, path: Path) -> NDArray[np.uint8]:
        """Train ids ``(h, w)`` of a prediction; what is no class's id becomes void.

        Raises:
            InputError: The file cannot be read as ids.
        """
        ids = read_ids(path)
        found, pixels = (array.tolist() for array in np.unique(ids, return_counts=True))
        palette = read_palette(path)
        other = match_palette(palette) if palette is not None else None
        values = dict(zip(found, pixels, strict=True))
        self._files.append(LabelFile(path, values, 0, other.name if other else None, painted=False))
        return to_train_ids(ids, self._maps[self._kind])

    def refuse_foreign(self) -> None:
        """Name what carries the colours of another data set, whose ids are other classes.

        Raises:
            InputError: There is some in the predictions that were read.
        """
        faults = palette_faults(self._files, self._space, self._maps[self._kind])
        raise_faults(faults, root=self._root, of="predictions")

    def refuse_unknown(self) -> None:
        """Name the ids that stand for nothing: as void they would count as misses in silence.

        Raises:
            InputError: There are some in the predictions that were read.
        """
        known = self._maps[self._kind].known_ids
        pixels: Counter[int] = Counter()
        for file in self._files:
            pixels.update(file.values)
        unknown = sorted(pixels.keys() - known)
        if not unknown:
            return
        first = next(file.path for file in self._files if file.values.keys() - known)
        listed = ", ".join(f"{value} ({pixels[value]} pixels)" for value in unknown[:_NAMED])
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        other: PredictionIds = "label" if self._kind == "train" else "train"
        fix = f"write predictions with {self._kind} ids, void as {self._space.ignore_index}"
        if self._maps[other].known_ids.issuperset(pixels):
            fix = f"if they are {other} ids, as all of them could be: --prediction_ids {other}"
        raise InputError(
            f"the predictions hold ids that {self._space.name} does not have: {listed}{more}",
            where=f"first in {first}",
            why=f"they are read as {self._kind} ids, which are {ranges(sorted(known))}",
            fix=fix,
        )


def _train_ids(space: LabelSpace, label_map: LabelMap) -> LabelMap:
    """What train ids mean; who stated that label ids are the same has stated these, too."""
    ids = identity_map(space.num_classes)
    return LabelMap(ids, stated=label_map.stated and ids.items() <= label_map.ids.items())
