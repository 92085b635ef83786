"""What differs between what a run was trained with and what it would go on with."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...config import TrainConfig, settings
from ...errors import InputError
from ...run_folder import RunFolder
from .record import Record

FREE = frozenset(
    {
        "name",
        "num_workers",  # crops depend on seed, epoch and picture alone
        "device",
        "data.root",  # a data set may move; its pictures are compared
        "data.cache_gb",
        "trainer.devices",  # how many processes share a batch is compared, not who starts them
        "trainer.num_nodes",
        "trainer.strategy",
        "trainer.checkpoint_minutes",
    }
)
"""Settings that decide where and how fast a run trains, and not what comes out."""

ON_PURPOSE = frozenset({"trainer.epochs", "trainer.patience"})
"""Settings that decide how long a run trains, and may change: the patience, and more epochs."""

_NAMED = 10  # entries of a table that a message names


@dataclass(frozen=True)
class Difference:
    """One thing that is no longer what the run was trained with."""

    name: str
    before: str
    now: str
    refused: bool = True
    """Whether the run cannot go on with it."""


def changed_settings(trained: TrainConfig, asked: TrainConfig) -> list[Difference]:
    """Every setting that differs, those that may among them."""
    new = settings(asked)
    pairs = {name: (value, new[name]) for name, value in settings(trained).items()}
    return [
        Difference(
            name,
            _shown(before),
            _now(name, after) if _refused(name, before, after) else _shown(after),
            refused=_refused(name, before, after),
        )
        for name, (before, after) in pairs.items()
        if before != after
    ]


def _refused(name: str, before: Any, now: Any) -> bool:
    if name == "trainer.epochs":
        return bool(now < before)  # the rate has been falling for more of them
    return name not in FREE | ON_PURPOSE


def _now(name: str, value: object) -> str:
    return f"{value} (may only grow)" if name == "trainer.epochs" else _shown(value)


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def changed_data(before: Record, now: Record) -> list[Difference]:
    """What differs in classes, labels and pictures, as far as both records tell."""
    found = []
    old, new = before.label_space, now.label_space
    if old.names != new.names:
        found.append(Difference("classes", ", ".join(old.names), ", ".join(new.names)))
    elif old.palette != new.palette:
        found.append(Difference("palette", str(list(old.palette)), str(list(new.palette))))
    found += _changed_labels(before.label_map.ids, now.label_map.ids)
    found += _changed_labels(before.label_map.colours, now.label_map.colours)
    was, is_now = before.label_map.encoding, now.label_map.encoding
    if was != is_now:
        found.append(Difference("ids in labels", str(was), str(is_now)))
    for split, (count, keys) in before.pictures.items():
        new_count, new_keys = now.pictures[split]
        if keys != new_keys:
            others = "others" if count == new_count else str(new_count)
            found.append(Difference(f"{split} pictures", str(count), others))
        elif before.contents[split] != now.contents.get(split, before.contents[split]):
            found.append(Difference(f"{split} files", "as they were", "with other contents"))
    if now.processes is not None and before.processes != now.processes:
        found.append(Difference("processes", str(before.processes), str(now.processes)))
    return found


def _changed_labels(before: Mapping[Any, int], now: Mapping[Any, int]) -> Iterator[Difference]:
    """Ids or colours in label files that mean another class."""
    entries = [entry for entry in {**before, **now} if before.get(entry) != now.get(entry)]
    for entry in entries[:_NAMED]:
        old, new = before.get(entry, "unknown"), now.get(entry, "unknown")
        yield Difference(f"label {entry}", str(old), str(new))
    if len(entries) > _NAMED:
        yield Difference("labels", "as they were", f"{len(entries) - _NAMED} more with others")


def lines_of(differences: Sequence[Difference]) -> list[str]:
    """``optim.lr  0.001 -> 0.01``, in columns."""
    width = max((len(each.name) for each in differences), default=0)
    return [f"{each.name:<{width}}  {each.before} -> {each.now}" for each in differences]


def refuse_changed(differences: Sequence[Difference], folder: RunFolder) -> None:
    """End with one message that lists what a run cannot go on with, if there is anything.

    Raises:
        InputError: There is.
    """
    refused = [each for each in differences if each.refused]
    if not refused:
        return
    config, run = shlex.quote(str(folder.config)), shlex.quote(str(folder.path))
    raise InputError(
        "the run was trained with something else than it would go on with",
        where=folder.path,
        why="\n         ".join(lines_of(refused)),
        fix="put back what was changed in config.yaml or in the data and leave such options out, "
        f"or start a new run from its weights: effunet train --config {config} "
        f"--model.weights {run}",
    )
