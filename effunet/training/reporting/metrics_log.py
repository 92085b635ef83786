"""``metrics.csv``: one row an epoch, kept across resumes."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytorch_lightning as pl

from ...files import write_bytes
from ...report import plot_curves, try_to_draw


def read_metrics(path: Path) -> list[dict[str, float]]:
    """Rows of a metrics file; empty where there is none yet."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {key: float(value) for key, value in row.items() if value}
            for row in csv.DictReader(file)
        ]


class MetricsLog(pl.Callback):
    """Appends what the epoch logged and redraws the curves; an epoch run again replaces its row."""

    def __init__(self, path: Path, *, say: Callable[[str], None]) -> None:
        self.path = path
        self.say = say
        self._drawing = True

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the row."""
        metrics = trainer.callback_metrics  # sums over the ranks, so all of them must ask
        if not trainer.is_global_zero:
            return
        epoch = float(trainer.current_epoch)
        row = {"epoch": epoch, "step": float(trainer.global_step)}
        row["lr"] = max(group["lr"] for group in trainer.optimizers[0].param_groups)
        row |= {name: float(value) for name, value in sorted(metrics.items())}
        rows = [old for old in read_metrics(self.path) if old["epoch"] < epoch]
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(row), extrasaction="ignore")
        writer.writeheader()
        writer.writerows([*rows, row])
        write_bytes(self.path, text.getvalue().encode())

        def draw() -> None:
            plot_curves([*rows, row]).save(self.path.with_name("curves.png"))

        # what failed once would fail in every epoch, and say so each time
        self._drawing = self._drawing and try_to_draw("curves.png", draw, say=self.say)
