"""What to type where the memory does not suffice for training."""

import shlex

from ..config import TrainConfig
from ..run_folder import RunFolder
from .setup import smallest_batch


def less_memory(
    config: TrainConfig, crop_size: tuple[int, int], *, resumed: RunFolder | None
) -> str:
    """The options that need less of it and, where they can, train on as many pictures a step.

    Args:
        config: Of the run.
        crop_size: Of its pictures.
        resumed: The run that is gone on with, whose batch stays as it is; None for a new one.
    """
    options = _smaller_batch(config, smallest=smallest_batch(config.model.decoder, crop_size))
    smaller = options or "a smaller --data.crop_size or --model.variant"
    if resumed is not None:
        run, described = shlex.quote(str(resumed.path)), shlex.quote(str(resumed.config))
        return (
            f"close other programs and resume again; or train a new run from its weights: effunet "
            f"train --config {described} --model.weights {run}, with {smaller}"
        )
    return f"{smaller}; for pictures kept in memory, --data.cache_gb and --num_workers"


def _smaller_batch(config: TrainConfig, *, smallest: int) -> str | None:
    """Half the batch, or a third and so on where it has no half, accumulated to the same steps."""
    size = config.batch_size
    parts = next((part for part in range(2, size + 1) if size % part == 0), None)
    if parts is None or size // parts < smallest:
        return None
    return f"--batch_size {size // parts} --trainer.accumulate {config.trainer.accumulate * parts}"
