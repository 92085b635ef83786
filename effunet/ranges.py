"""Numbers that cannot be worked with, found before anything is."""

import math
from operator import attrgetter

from .config import TrainConfig
from .errors import InputError

# key → smallest and largest value, and one that works
_RANGES: dict[str, tuple[float, float, str]] = {
    "batch_size": (1, math.inf, "8"),
    "num_workers": (0, math.inf, "2"),
    "seed": (0, 2**32 - 1, "0"),
    "data.flip": (0, 1, "0.5"),
    "data.color_jitter": (0, 1, "0.3"),
    "data.cache_gb": (0, math.inf, "2"),
    "loss.label_smoothing": (0, 0.999999, "0.1"),
    "loss.focal_gamma": (0, math.inf, "2"),
    "loss.ohem_threshold": (1e-6, 1, "0.7"),
    "optim.lr": (0, math.inf, "1e-3"),
    "optim.encoder_lr": (0, math.inf, "3e-4"),
    "optim.weight_decay": (0, math.inf, "1e-2"),
    "optim.poly_power": (0, math.inf, "0.9"),
    "optim.warmup_epochs": (0, math.inf, "0.5"),
    "trainer.epochs": (1, math.inf, "40"),
    "trainer.accumulate": (1, math.inf, "1"),
    "trainer.clip_norm": (0, math.inf, "1"),
    "trainer.ema": (0, 0.999999, "0.999"),
    "trainer.patience": (0, math.inf, "10"),
    "trainer.limit_train_batches": (1, math.inf, "100"),
    "trainer.limit_val_batches": (1, math.inf, "100"),
    "trainer.num_nodes": (1, math.inf, "1"),
}


def check_ranges(config: TrainConfig) -> None:
    """Look at every number that has a range.

    Raises:
        InputError: One is outside.
    """
    for key in _RANGES:
        check_range(key, attrgetter(key)(config))
    match config.data.scale_range:
        case (int() | float() as low, int() | float() as high) if 0 < low <= high < math.inf:
            return
    raise InputError(
        f"data.scale_range cannot be {config.data.scale_range}",
        where="data.scale_range",
        why="it is two rising numbers above 0",
        fix="--data.scale_range [0.5,2.0]",
    )


def check_range(key: str, value: float | None) -> None:
    """Look at the number called ``key``; None stands for one that is chosen later.

    Raises:
        InputError: It is outside its range.
    """
    least, most, example = _RANGES[key]
    number = isinstance(value, int | float) and math.isfinite(value)
    if value is not None and not (number and least <= value <= most):
        limit = f"at least {least:g}" if most == math.inf else f"{least:g} to {most:g}"
        raise InputError(
            f"{key} cannot be {value}",
            where=key,
            why=f"it is a number, {limit}",
            fix=f"--{key} {example}",
        )
