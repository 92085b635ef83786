"""Whether a checkpoint is of the network to be trained, and holds all that a run goes on with."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from .resume import opened, unusable

_PROGRESS = (
    "epoch_progress",
    "epoch_loop.batch_progress",
    "epoch_loop.scheduler_progress",
    "epoch_loop.automatic_optimization.optim_progress",
)


def check_state(
    checkpoint: Path, task: nn.Module, optimizer: Optimizer, *, averaged: nn.Module | None
) -> None:
    """Find out before anything is loaded whether a run can go on from a checkpoint.

    Args:
        checkpoint: Of the run.
        task: What holds the network, under the names that it is saved by.
        optimizer: Built for it.
        averaged: Whose moving average is kept; None where there is none.

    Raises:
        InputError: It is of another network, or of one that still had layers that no logit depends
            on, or a part of it is missing.
    """
    with opened(checkpoint) as state:
        another = _another_network(state, task, optimizer)
        missing = None if another else next(_missing(state, optimizer, averaged), None)
    if another:
        raise unusable(checkpoint, "the state to go on from is another network's", another)
    if missing:
        raise unusable(checkpoint, "the state to go on from is not whole", missing)


def _another_network(state: Mapping[str, Any], task: nn.Module, optimizer: Optimizer) -> str | None:
    saved = [len(group["params"]) for group in _optimizer(state)["param_groups"]]
    built = [len(group["params"]) for group in optimizer.param_groups]
    if sum(saved) != sum(built):
        return (
            f"it has {sum(saved)} parameters, those of config.yaml and this version are "
            f"{sum(built)}"
        )
    if saved == built and _alike(state["state_dict"], task.state_dict()):
        return None
    return "its tensors have other names, shapes or rates than config.yaml asks for"


def _missing(
    state: Mapping[str, Any], optimizer: Optimizer, averaged: nn.Module | None
) -> Iterator[str]:
    """What a run would go on without."""
    yield from _forgotten(state, optimizer)
    (schedule,) = state["lr_schedulers"]
    if len(schedule["base_lrs"]) != len(optimizer.param_groups):
        yield "its schedule is of other rates"
    callbacks, stepped = state["callbacks"], state["global_step"] > 0
    if averaged and stepped and not _alike(callbacks["Ema"]["average"], averaged.state_dict()):
        yield "its moving average is of other tensors"
    if not callbacks["KeepBest"].keys() >= {"miou", "epoch", "confusion"}:
        yield "the best score is not in it"
    loop = state["loops"]["fit_loop"]
    lost = [name for name in _PROGRESS if not loop.get(name)]
    if lost:
        yield f"how far the run was is not in it: {lost[0]}"


def _forgotten(state: Mapping[str, Any], optimizer: Optimizer) -> Iterator[str]:
    """What the optimiser would go on without."""
    saved = _optimizer(state)["state"]
    tensors = [tensor for group in optimizer.param_groups for tensor in group["params"]]
    # of older runs it is not known, but once stepped an optimiser remembers every tensor
    kept = len(tensors) if state["global_step"] else 0
    kept = state.get("run", {}).get("optimizer_tensors", kept)
    if len(saved) != kept:
        yield f"its optimiser remembers {len(saved)} of {kept} tensors"
    for index, moments in saved.items():
        for name in ("exp_avg", "exp_avg_sq"):
            if moments[name].shape != tensors[index].shape:
                yield f"what its optimiser remembers of tensor {index} has another shape"


def _alike(saved: Mapping[str, Any], built: Mapping[str, Tensor]) -> bool:
    """Whether the tensors have the same names and shapes."""
    return saved.keys() == built.keys() and all(
        saved[name].shape == tensor.shape for name, tensor in built.items()
    )


def _optimizer(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a run, which has one.

    Raises:
        LookupError: This one has not.
    """
    optimizers = state["optimizer_states"]
    if len(optimizers) != 1:
        raise LookupError(f"it holds the state of {len(optimizers)} optimisers instead of one")
    only: Mapping[str, Any] = optimizers[0]
    return only
