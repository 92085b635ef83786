"""What happens around the steps of a run, in an order that matters."""

from functools import partial
from pathlib import Path

import pytorch_lightning as pl
from rich.console import Console

from ..config import TrainConfig, config_for_checkpoint
from ..models import save_model
from ..run_folder import RunFolder
from .learning.ema import Ema
from .learning.guard import StepGuard
from .parts import Parts
from .reporting.metrics_log import MetricsLog
from .reporting.progress import ProgressLines
from .state.checkpointing import KeepBest, KeepFinal, KeepStates
from .state.checkpoints import Checkpoints
from .state.rank_watch import RankWatch
from .state.record import KeepRecord
from .state.stopping import GracefulStop
from .trainer import early_stopping


def run_callbacks(
    config: TrainConfig, parts: Parts, folder: RunFolder, *, stop: GracefulStop, console: Console
) -> list[pl.Callback]:
    """Those of every run; what reads the averaged weights comes before Ema.

    Args:
        config: Of the run.
        parts: Built for it.
        folder: Its own.
        stop: Ends it between two steps.
        console: Where to print.
    """
    limits = config.trainer
    best = KeepBest(
        parts.task.counts, parts.task.wrong, save=partial(_save, config, parts, folder.best)
    )
    guard = StepGuard(clip_norm=limits.clip_norm, say=console.out)
    return [
        guard,
        *([early_stopping(limits.patience)] if limits.patience else []),
        best,
        KeepFinal(parts.task.counts, save=partial(_save, config, parts, folder.final)),
        *([Ema(parts.task.segmenter, decay=limits.ema, guard=guard)] if limits.ema else []),
        MetricsLog(folder.metrics, say=console.out),
        KeepRecord(parts.record, parts.task.course),
        KeepStates(Checkpoints(folder), minutes=limits.checkpoint_minutes),
        ProgressLines(best, console=console, stop=stop),
        stop,
        RankWatch(stop),
    ]


def _save(config: TrainConfig, parts: Parts, path: Path, metrics: dict[str, float]) -> None:
    described = config_for_checkpoint(config)
    save_model(
        path,
        parts.task.segmenter,
        config=described,
        label_space=parts.task.label_space,
        label_map=parts.prepared.dataset.label_map,
        metrics=metrics,
        weights=described["model"]["weights"],
    )
