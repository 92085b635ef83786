"""AdamW with separate encoder and decoder rates, and schedules by optimiser step."""

import math
from collections.abc import Callable

from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from ...config import OptimConfig
from ...models import Segmenter

SCHEDULES: dict[str, Callable[[float, float], float]] = {
    "poly": lambda progress, power: (1 - progress) ** power,
    "cosine": lambda progress, _: (1 + math.cos(math.pi * progress)) / 2,
}


def build_optimizer(segmenter: Segmenter, config: OptimConfig) -> AdamW:
    """Four groups: encoder and the rest, each with and without weight decay.

    Norms and biases (tensors of one dimension) are not decayed.
    """
    encoder = {
        id(parameter) for parameter in segmenter.network.get_submodule("encoder").parameters()
    }
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in segmenter.parameters():
        lr = config.encoder_lr if id(parameter) in encoder else config.lr
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((lr, decay), []).append(parameter)
    return AdamW(
        [
            {"params": parameters, "lr": lr, "weight_decay": decay}
            for (lr, decay), parameters in groups.items()
        ]
    )


def build_schedule(
    optimizer: AdamW,
    config: OptimConfig,
    *,
    total_steps: int,
    steps_per_epoch: float,
    rate: float = 1.0,
) -> LambdaLR:
    """Linear warm-up, then a fall to zero at ``total_steps``; stepped once an optimiser step.

    Args:
        optimizer: Holds the peak rates.
        config: The ``optim`` section.
        total_steps: Of the whole run.
        steps_per_epoch: Of which the warm-up is a multiple.
        rate: Factor on every rate.
    """
    warmup = min(round(config.warmup_epochs * steps_per_epoch), total_steps - 1)
    shape = SCHEDULES[config.schedule]

    def factor(step: int) -> float:
        if step < warmup:
            return rate * (step + 1) / (warmup + 1)
        progress = (step - warmup) / max(1, total_steps - warmup)
        return rate * shape(min(progress, 1.0), config.poly_power)

    return LambdaLR(optimizer, factor)


def apply_schedule(schedule: LambdaLR) -> None:
    """Give the optimiser the rates of the step that comes next.

    A checkpoint brings those of the schedule that it was written under.
    """
    rates = zip(schedule.base_lrs, schedule.lr_lambdas, strict=True)
    for group, (base, factor) in zip(schedule.optimizer.param_groups, rates, strict=True):
        group["lr"] = base * factor(schedule.last_epoch)
