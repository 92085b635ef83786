"""Lightning's Trainer, set up the way a run needs it."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning import callbacks
from pytorch_lightning.loggers import TensorBoardLogger

from ..config import TrainerConfig
from ..errors import InputError
from ..memory import keep_freed_memory
from ..models import Precision
from ..run_folder import RunFolder
from .state.atomic_io import AtomicCheckpointIO

_NOISE = (
    r"`isinstance\(treespec, LeafSpec\)` is deprecated",  # Lightning 2.6 under torch 2.15
    r".*does not have many workers",  # the number is chosen for the cores there are
    r"The number of training batches .* is smaller than the logging interval",
    r"It is recommended to use .*sync_dist=True",  # the counts were summed over the ranks
    r"Detected call of `lr_scheduler.step\(\)` before",  # the scaler makes no step that overflows
    r"You're resuming from a checkpoint that ended before the epoch ended",  # the sampler skips
    r"Be aware that when using `ckpt_path`, .*EarlyStopping",  # patience may be given up
)
_LIGHTNING_PRECISION = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


def build_trainer(
    config: TrainerConfig,
    folder: RunFolder,
    *,
    device: torch.device,
    precision: Precision,
    callbacks: list[pl.Callback],
) -> pl.Trainer:
    """A quiet trainer: callbacks and loaders decide what is printed, kept and sampled."""
    if device.type == "cpu":
        keep_freed_memory()
    trainer = pl.Trainer(
        **_hardware(config, device, precision),
        max_epochs=config.epochs,
        accumulate_grad_batches=config.accumulate,
        limit_train_batches=config.limit_train_batches,
        limit_val_batches=config.limit_val_batches,
        callbacks=callbacks,
        plugins=[AtomicCheckpointIO()],
        logger=_logger(folder) or False,  # None would be a logger of Lightning's own
        default_root_dir=folder.path,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        log_every_n_steps=50,
    )
    # Lightning's handlers would stop or save in the middle of a step; it has no option for it
    trainer._signal_connector.register_signal_handlers = _no_handlers  # type: ignore[method-assign]
    return trainer


def _no_handlers() -> None:
    """Signals are heard by those who began to listen before."""


def _logger(folder: RunFolder) -> TensorBoardLogger | None:
    """TensorBoard's, which can write below names in UTF-8 alone; metrics.csv holds the same."""
    try:
        str(folder.path).encode()
    except UnicodeEncodeError:
        return None
    return TensorBoardLogger(folder.path, name="tensorboard", version="")


def check_hardware(
    config: TrainerConfig, device: torch.device, precision: Precision
) -> tuple[int, int]:
    """Make sure that Lightning can run so, before anything is written.

    Returns:
        How many processes will train together, and how many of them on each machine.

    Raises:
        InputError: It cannot.
    """
    try:
        trainer = pl.Trainer(**_hardware(config, device, precision), logger=False)
        return trainer.world_size, max(1, trainer.world_size // trainer.num_nodes)
    except Exception as error:  # Lightning raises ValueError, its own and what its parts raise
        asked = f"devices {config.devices}, num_nodes {config.num_nodes}"
        raise InputError(
            f"Lightning cannot train with {asked}, strategy {config.strategy} on {device.type}",
            where="trainer",
            why=" ".join(str(error).split())[:300],
            fix="leave trainer.devices, num_nodes and strategy at their defaults, or see what "
            "Lightning documents for them",
        ) from error


def _hardware(config: TrainerConfig, device: torch.device, precision: Precision) -> dict[str, Any]:
    for logger in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    devices, num_nodes = _processes(config)
    return {
        "accelerator": device.type,
        "devices": devices,
        "num_nodes": num_nodes,
        "strategy": config.strategy,
        "precision": _LIGHTNING_PRECISION[precision.name],
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }


@contextmanager
def without_noise() -> Iterator[None]:
    """Hide warnings of Lightning that say nothing to the user of a run."""
    with warnings.catch_warnings():
        for message in _NOISE:
            warnings.filterwarnings("ignore", message)
        yield


class EarlyStopping(callbacks.EarlyStopping):
    """Keeps the patience it was made with, where Lightning's takes that of a checkpoint."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what was seen, also where less patience had stopped the run."""
        super().load_state_dict({**state_dict, "patience": self.patience, "stopped_epoch": 0})


def early_stopping(patience: int) -> EarlyStopping:
    """Stop after ``patience`` epochs without a better ``val/miou``.

    It decides when validation ends, so that the epoch's checkpoint holds what it decided.
    """
    return EarlyStopping("val/miou", mode="max", patience=patience, check_on_train_epoch_end=False)


def _processes(config: TrainerConfig) -> tuple[str | int, int]:
    """Devices a node and nodes; under torchrun its own counts, which Lightning insists on."""
    if config.devices == "auto" and "LOCAL_WORLD_SIZE" in os.environ:
        local = int(os.environ["LOCAL_WORLD_SIZE"])
        return local, int(os.environ["WORLD_SIZE"]) // local
    return config.devices, config.num_nodes
