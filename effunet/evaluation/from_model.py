"""Scoring a model on a split."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import torch

from ..config import check_range
from ..datasets import (
    BatchLoader,
    EvalDataset,
    RoadDataset,
    SegmentationPair,
    SizeGroupedBatchSampler,
    batch_bytes,
    check_split,
    load_pair,
    processes_that_fit,
    stray_labels,
)
from ..errors import InputError
from ..imaging import pack_mask
from ..labels import LabelMap
from ..metrics import WrongShares
from ..models import LoadedModel, mask_of, pictures_at_once, preds_from_logits
from ..system_faults import enough_memory
from .evaluation import Evaluation, Origin
from .mistaken import MOST, Mistaken
from .protocols import check_classes, find_protocol


def evaluate(
    model: LoadedModel,
    dataset: RoadDataset,
    *,
    split: str = "val",
    protocol: str = "native",
    batch_size: int | None = None,
    num_workers: int = 0,
    checking: Callable[[int, int], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Score ``model`` on a split of ``dataset``, as training's validation does.

    Args:
        model: On its device and in its precision.
        dataset: With the classes the model was trained on.
        split: val, or another one that has labels.
        protocol: Name in :data:`PROTOCOLS`.
        batch_size: Most pictures at once; as in training if left out, and never more than
            :attr:`Backend.pixels_at_once` allows. In bfloat16 the score's last digits depend on it
            (measured: 1e-7) and on the number of threads (1e-5).
        num_workers: Processes that read pictures.
        checking: Called with the pictures checked and the pictures to check, before the scoring.
        progress: Called with the pictures done and the pictures to do.

    Raises:
        InputError: The data cannot be scored by this model or protocol, or are at fault.
    """
    check_range("batch_size", batch_size)
    check_range("num_workers", num_workers)
    rules = find_protocol(protocol)
    check_classes(rules, dataset.label_space)
    _check_learnt(model, dataset)
    pairs = dataset.pairs(split)
    facts = check_split(
        pairs, dataset.label_space, dataset.label_map, root=dataset.root, progress=checking
    )
    backend = model.backend
    most = batch_size or int(model.config.get("batch_size", 1))

    def limit(size: tuple[int, int]) -> int:
        return min(most, pictures_at_once(backend, size))

    largest = max(batch_bytes(size, pictures=limit(size)) for size in set(facts.sizes))
    processes, fewer = processes_that_fit(num_workers, batch_bytes=largest)
    loader = BatchLoader(
        EvalDataset(pairs, facts.label_map),
        batch_sampler=SizeGroupedBatchSampler(facts.sizes, limit=limit),
        num_workers=processes,
    )
    k = dataset.label_space.num_classes
    counts = torch.zeros(k + 1, k + 1, dtype=torch.int64)
    wrong = WrongShares(k)
    done, began = 0, time.monotonic()
    with enough_memory(fix="--batch_size 1, or --num_workers 0"):
        for batch in loader:
            preds = preds_from_logits(backend(batch["image"])).cpu()
            counts += rules.count(batch["mask"], preds, num_classes=k)
            wrong.update(batch["path"], preds, batch["mask"])
            done += len(preds)
            if progress is not None:
                progress(done, len(pairs))
    return Evaluation(
        protocol=rules,
        label_space=dataset.label_space,
        counts=counts,
        images=len(pairs),
        notes=(
            *dataset.notes,
            *facts.notes,
            *stray_labels(dataset, split),
            *([fewer] if fewer else []),
        ),
        origin=Origin(
            data={"name": dataset.name, "root": str(dataset.root), "split": split},
            input_scale=backend.input_scale,
            precision=backend.precision.name,
            threads=torch.get_num_threads(),
            checkpoint=model.path,
            checkpoint_sha256=model.sha256,
            config=model.config,
            data_sha256=facts.digest,
            device=backend.device,
            seconds=time.monotonic() - began,
        ),
        worst=_worst(wrong, pairs, facts.label_map, model),
    )


def _worst(
    wrong: WrongShares, pairs: Sequence[SegmentationPair], label_map: LabelMap, model: LoadedModel
) -> tuple[Mistaken, ...]:
    by_key = {pair.key: pair for pair in pairs}

    def mistaken(key: str, share: float) -> Mistaken:
        read = partial(load_pair, by_key[key], label_map)
        image, _ = read()
        return Mistaken(
            key, share, model.label_space, pack_mask(mask_of(model.backend, image)), read
        )

    return tuple(mistaken(key, share) for key, share in wrong.worst(MOST))


def _check_learnt(model: LoadedModel, dataset: RoadDataset) -> None:
    learnt, labelled = model.label_space, dataset.label_space
    if learnt.names != labelled.names:
        raise InputError(
            f"the model knows the classes of {learnt.name}, the labels are of {labelled.name}",
            where=model.path,
            why=f"learnt: {', '.join(learnt.names)}; labelled: {', '.join(labelled.names)}",
            fix=f"give data labelled like {learnt.name}, or a model trained on {labelled.name}",
        )
