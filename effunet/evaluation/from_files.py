"""Scoring ready-made masks against label files."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..datasets import key_of, list_files, read_ids, to_train_ids
from ..errors import InputError
from ..imaging import read_palette
from ..labels import (
    LABEL_MAPS,
    LABEL_SPACES,
    LabelMap,
    LabelSpace,
    identity_map,
    match_palette,
)
from .evaluation import Evaluation, Origin
from .predicted_ids import PredictedIds, PredictionIds
from .protocols import Protocol, check_classes, find_protocol

_MASK_SUFFIXES = frozenset({".png"})
_NO_LABELS = ("_inst_label", "_instanceIds", "_instanceTrainIds", "_labelTrainIds", "_color")
"""Endings of what data sets put beside their label files."""
_NAMED = 10  # faults named in full; the rest are counted


def evaluate_predictions(
    predictions: Path,
    labels: Path,
    *,
    protocol: str = "native",
    label_space: LabelSpace | None = None,
    label_map: LabelMap | None = None,
    prediction_ids: PredictionIds = "train",
) -> Evaluation:
    """Score prediction PNGs against label PNGs.

    Files pair by their path below the two folders without the data sets' own endings:
    ``17/0108_image.png`` is scored against ``17/0108_label.png``. Predictions without a label are
    left aside.

    Args:
        predictions: Folder of masks.
        labels: Folder of masks that hold the label space's label ids.
        protocol: Name in :data:`PROTOCOLS`.
        label_space: Classes of the labels; the protocol's own if left out.
        label_map: How the labels say them; that of the known data set if left out, and train ids
            where there is none.
        prediction_ids: What the predictions hold: train ids, as ``predict`` writes them, or label
            ids, which are mapped as those of the labels are.

    Raises:
        InputError: A prediction is missing, cannot be read or has another size, where the protocol
            does not resize; a label or prediction holds an unknown id, where the protocol does not
            take it for void; or there is no label at all.
    """
    rules = find_protocol(protocol)
    space = _label_space(rules, label_space)
    if predictions.resolve() == labels.resolve():
        raise InputError(
            "predictions and labels are one folder",
            where=labels,
            why="scored against themselves, labels are always right",
            fix="--predictions DIR --labels ANOTHER_DIR",
        )
    known = label_map or LABEL_MAPS.get(space.name) or LabelMap(identity_map(space.num_classes))
    truths, guesses = _by_key(labels), _by_key(predictions)
    if not truths:
        raise InputError(
            "no label files",
            where=labels,
            why=_what_is_there(labels),
            fix="name a folder with label PNGs in it",
        )
    missing = [key for key in truths if key not in guesses]
    if missing:
        raise _missing(missing, truths, guesses, predictions)
    k = space.num_classes
    counts = torch.zeros(k + 1, k + 1, dtype=torch.int64)
    guessed = PredictedIds(space, known, prediction_ids)
    for key, label_path in truths.items():
        target = _read_truth(label_path, space, known, rules)
        if space in LABEL_SPACES.values():  # others may map the ids of any labels
            _check_colours(label_path, space)
        _check_colours(guesses[key], space)
        preds = guessed.read(guesses[key])
        if rules.size is None and preds.shape != target.shape:
            raise _other_size(guesses[key], preds.shape, target.shape)
        pair = (torch.from_numpy(mask).unsqueeze(0) for mask in (target, preds))
        counts += rules.count(*pair, num_classes=k)
    if not rules.void_above_classes:
        guessed.refuse_unknown()
    if not int(counts[:-1].sum()):
        raise InputError(
            f"no pixel of the labels is of a class of {space.name}",
            where=labels,
            why="what is void is not scored",
            fix="check --label_space, and that the labels hold label ids and not train ids",
        )
    return Evaluation(
        protocol=rules,
        label_space=space,
        counts=counts,
        images=len(truths),
        origin=Origin(
            data={
                "labels": str(labels),
                "predictions": str(predictions),
                "prediction_ids": prediction_ids,
            }
        ),
    )


def _label_space(rules: Protocol, given: LabelSpace | None) -> LabelSpace:
    if given is not None:
        check_classes(rules, given)
        return given
    if rules.label_space is None:
        raise InputError(
            f"protocol {rules.name} needs to know what the labels mean",
            where="--label_space",
            why="an id alone says nothing of its class",
            fix=f"--label_space {'|'.join(LABEL_SPACES)}, or the YAML file that describes a folder",
        )
    return LABEL_SPACES[rules.label_space]


def _by_key(folder: Path) -> dict[str, Path]:
    """Mask files below ``folder`` by the name they pair with, in order.

    Raises:
        InputError: There is no such folder, or two files have one name.
    """
    if not folder.is_dir():
        raise InputError("no such folder", where=folder, fix="check the path")
    found: dict[str, Path] = {}
    for path in list_files(folder, _MASK_SUFFIXES):
        if path.stem.endswith(_NO_LABELS):
            continue
        key = key_of(path.relative_to(folder))
        if key in found:
            raise InputError(
                "two files are masks of one picture",
                where=f"{found[key]} and {path}",
                why=f"without their endings both are {key}",
                fix="keep one of them in the folder",
            )
        found[key] = path
    return found


def _what_is_there(folder: Path) -> str:
    """Why no mask was found in ``folder``."""
    names = [path.name for path in folder.rglob("*") if path.is_file()]
    aside = next((name for name in names if Path(name).stem.endswith(_NO_LABELS)), None)
    if aside is not None:
        return f"files such as {aside} are left aside"
    return "there is no PNG in it" + (f", but files such as {names[0]}" if names else "")


def _read_truth(
    path: Path, space: LabelSpace, label_map: LabelMap, rules: Protocol
) -> NDArray[np.uint8]:
    ids = read_ids(path)
    if not rules.void_above_classes:
        unknown = sorted(set(np.unique(ids).tolist()) - label_map.known_ids)
        if unknown:
            raise InputError(
                f"the label file holds ids that {space.name} does not have: {unknown}",
                where=path,
                why=f"its ids are {sorted(label_map.known_ids)}",
                fix="check --label_space, and that these are label ids and not train ids",
            )
    return to_train_ids(ids, label_map)


def _check_colours(path: Path, space: LabelSpace) -> None:
    palette = read_palette(path)
    other = match_palette(palette) if palette is not None else None
    if other is not None and other.palette != space.palette:
        raise InputError(
            f"the mask's palette is that of {other.name}, not of {space.name}",
            where=path,
            why="so its ids mean other classes",
            fix=f"--label_space {other.name}, or masks of {space.name}",
        )


def _missing(
    missing: list[str], truths: dict[str, Path], guesses: dict[str, Path], folder: Path
) -> InputError:
    listed = ", ".join(missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
    example = next(iter(guesses), None)
    return InputError(
        f"{len(missing)} of {len(truths)} labels have no prediction: {listed}",
        where=folder,
        why=_what_is_there(folder) if example is None else f"predictions are called like {example}",
        fix="predict every labelled picture, and name the folder that matches the labels' one",
    )


def _other_size(path: Path, is_: tuple[int, ...], should: tuple[int, ...]) -> InputError:
    return InputError(
        f"the prediction is {is_[1]}x{is_[0]}, its label {should[1]}x{should[0]}",
        where=path,
        why="protocol native counts at the label's own size and resizes nothing",
        fix="write predictions at the picture's size, or use a protocol that resizes",
    )
