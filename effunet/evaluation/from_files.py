"""Scoring ready-made masks against label files."""

import time
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..datasets import (
    NO_ENDINGS,
    PICTURE_SUFFIXES,
    Endings,
    by_key,
    check_labels,
    has_ending,
    key_of,
    list_files,
    read_train_ids,
)
from ..errors import InputError
from ..imaging import pack_mask
from ..labels import (
    IGNORE_INDEX,
    LABEL_MAPS,
    LABEL_SPACES,
    LabelMap,
    LabelSpace,
    identity_map,
    train_id_map,
)
from ..metrics import WrongShares
from .evaluation import Evaluation, Origin
from .mistaken import MOST, Mistaken
from .predicted_ids import PredictedIds, PredictionIds
from .protocols import Protocol, check_classes, find_protocol, resize_nearest

_LABEL_IDS, _TRAIN_IDS = "_labelIds", "_labelTrainIds"
_NO_LABELS = ("_inst_label", "_instanceIds", "_instanceTrainIds", "_color")
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
    endings: Endings = NO_ENDINGS,
) -> Evaluation:
    """Score predictions against label files.

    Files pair by their path below the two folders without the data sets' own endings:
    ``17/0108_image.png`` is scored against ``17/0108_label.tif``. Predictions without a label are
    left aside, and so are ``labelTrainIds`` beside other label files.

    Args:
        predictions: Folder of masks.
        labels: Folder of masks, read as those of a data set are: ids or colours.
        protocol: Name in :data:`PROTOCOLS`.
        label_space: Classes of the labels; the protocol's own if left out.
        label_map: How the labels say them; that of the known data set if left out, and train ids
            where there is none or the files are ``labelTrainIds``.
        prediction_ids: What the predictions hold: train ids, as ``predict`` writes them, or label
            ids, which are mapped as those of the labels are.
        endings: What else the names of pictures, and so of predictions, and of labels end in.

    Raises:
        InputError: A prediction is missing, cannot be read or has another size, where the protocol
            does not resize; labels or predictions are at fault or hold an unknown id, where the
            protocol does not take it for void; or there is no label at all.
    """
    rules = find_protocol(protocol)
    space = _label_space(rules, label_space)
    truths = _truths(labels, predictions, ending=endings.mask)
    guesses = _guesses(predictions, truths, ending=endings.image)
    named, notes = (label_map, ()) if label_map else _known_map(space, truths.values())
    read_as = _lenient(named) if rules.void_above_classes else named
    checked = check_labels(list(truths.values()), space, read_as, root=labels)
    k = space.num_classes
    counts = torch.zeros(k + 1, k + 1, dtype=torch.int64)
    guessed = PredictedIds(space, named, prediction_ids, root=predictions)
    wrong, began = WrongShares(k), time.monotonic()

    def read(key: str) -> list[Tensor]:
        masks = (read_train_ids(truths[key], checked.label_map), guessed.read(guesses[key]))
        return [torch.from_numpy(mask).unsqueeze(0) for mask in masks]

    def mistaken(key: str, share: float) -> Mistaken:
        target, preds = read(key)
        packed = pack_mask(resize_nearest(preds, target.shape[1:])[0].numpy())
        return Mistaken(
            key, share, space, packed, partial(_truth_alone, truths[key], checked.label_map)
        )

    for key in truths:
        target, preds = read(key)
        if rules.size is None and preds.shape != target.shape:
            raise _other_size(guesses[key], preds.shape[1:], target.shape[1:])
        counts += rules.count(target, preds, num_classes=k)
        wrong.update([key], resize_nearest(preds, target.shape[1:]), target)
    guessed.refuse_foreign()
    if not rules.void_above_classes:
        guessed.refuse_unknown()
    if not int(counts[:-1].sum()):
        raise InputError(
            f"no pixel of the labels is of a class of {space.name}",
            where=labels,
            why="; ".join(("what is void is not scored", *checked.notes)),
            fix="check --label_space, and whether the labels hold label ids or train ids",
        )
    return Evaluation(
        protocol=rules,
        label_space=space,
        counts=counts,
        images=len(truths),
        notes=(*notes, *checked.notes),
        origin=Origin(
            data={
                "labels": str(labels),
                "predictions": str(predictions),
                "prediction_ids": prediction_ids,
            },
            seconds=time.monotonic() - began,
        ),
        worst=tuple(mistaken(key, share) for key, share in wrong.worst(MOST)),
    )


def _truth_alone(file: Path, label_map: LabelMap) -> tuple[None, NDArray[np.uint8]]:
    return None, read_train_ids(file, label_map)


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


def _mask_files(folder: Path, *, ending: str = "") -> list[Path]:
    """Masks below ``folder`` in order: train ids only where there are no others.

    Args:
        folder: Where to look.
        ending: What masks are called, where that is known.

    Raises:
        InputError: There is no such folder, or train ids are all that some pictures have.
    """
    if not folder.is_dir():
        raise InputError("no such folder", where=folder, fix="check the path")
    files = list_files(folder, PICTURE_SUFFIXES)
    if ending:
        return [path for path in files if has_ending(path, ending)]
    files = [path for path in files if not _is_aside(path)]
    others = [path for path in files if not path.stem.endswith(_TRAIN_IDS)]
    if not others:
        return files
    named = {_without(_LABEL_IDS, path) for path in others}
    alone = [
        path
        for path in files
        if path.stem.endswith(_TRAIN_IDS) and _without(_TRAIN_IDS, path) not in named
    ]
    if alone:
        raise InputError(
            f"files of train ids lie among others: {alone[0].name}, {others[0].name}",
            where=folder,
            why="one id means different classes in them",
            fix="name a folder whose masks are all of one kind",
        )
    return others


def _is_aside(path: Path) -> bool:
    return path.stem.endswith(_NO_LABELS)


def _without(ending: str, path: Path) -> Path:
    return path.parent / path.stem.removesuffix(ending)


def _what_is_there(folder: Path) -> str:
    """Why no mask was found in ``folder``."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    aside = next((path.name for path in paths if _is_aside(path)), None)
    if aside is not None:
        return f"files such as {aside} are left aside"
    return "there is no mask in it" + (f", but files such as {paths[0].name}" if paths else "")


def _known_map(space: LabelSpace, files: Collection[Path]) -> tuple[LabelMap, tuple[str, ...]]:
    """What label files of ``space`` say, by what they are called, and a note on a doubtful kind."""
    k = space.num_classes
    if all(path.stem.endswith(_TRAIN_IDS) for path in files):
        note = f"there is no *{_LABEL_IDS} file, so train ids are read from *{_TRAIN_IDS}"
        return train_id_map(k), (note,)
    if LABEL_SPACES.get(space.name) == space:  # a name alone may be that of a user's file
        return LABEL_MAPS[space.name], ()
    return LabelMap(identity_map(k)), ()


def _lenient(label_map: LabelMap) -> LabelMap:
    """The same map, to which every other id is void."""
    others = dict.fromkeys(range(IGNORE_INDEX), IGNORE_INDEX)
    return replace(label_map, ids=others | dict(label_map.ids))


def _truths(folder: Path, predictions: Path, *, ending: str) -> dict[str, Path]:
    """The label files by key.

    Raises:
        InputError: There are none, several of one picture, or they are the predictions.
    """
    if predictions.resolve() == folder.resolve():
        raise InputError(
            "predictions and labels are one folder",
            where=folder,
            why="scored against themselves, labels are always right",
            fix="--predictions DIR --labels ANOTHER_DIR",
        )
    truths = by_key(_mask_files(folder, ending=ending), folder, ending)
    if not truths:
        called = f"none is called *{ending}; " if ending else ""
        raise InputError(
            "no label files",
            where=folder,
            why=f"{called}{_what_is_there(folder)}",
            fix="name a folder with label files in it",
        )
    return truths


def _guesses(folder: Path, truths: Collection[str], *, ending: str) -> dict[str, Path]:
    """The prediction of every label, by key.

    Raises:
        InputError: There is no such folder, or a label has no prediction or several.
    """
    files = _mask_files(folder)
    keys = {path: key_of(path.relative_to(folder), ending) for path in files}
    found = by_key([path for path in files if keys[path] in truths], folder, ending)
    missing = [key for key in truths if key not in found]
    if not missing:
        return found
    listed = ", ".join(missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
    example = keys[files[0]] if files else None
    raise InputError(
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
