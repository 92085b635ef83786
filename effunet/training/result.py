"""What a run came to."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from ..config import TrainConfig
from ..imaging import Picture
from ..report import html_fragment, plot_curves
from ..run_folder import RunFolder
from .reporting.metrics_log import read_metrics


@dataclass(frozen=True, repr=False)
class TrainResult:
    """What a run came to."""

    config: TrainConfig
    """What was trained."""
    run: Path
    """Its folder."""
    miou: float
    """Best ``val/miou``."""
    epoch: int
    """Zero-based epoch of the best."""

    def __repr__(self) -> str:
        return f"TrainResult({self.run}, best mIoU {self.miou:.4f} after epoch {self.epoch + 1})"

    def __fspath__(self) -> str:
        """Its folder: a result is taken wherever a run is."""
        return str(self.run)

    def plot(self) -> Picture:
        """Loss, mIoU and learning rate over the epochs."""
        return plot_curves(read_metrics(RunFolder(self.run).metrics))

    def show(self) -> None:
        """Show :meth:`plot` below a notebook's cell, and elsewhere in the system's own viewer."""
        self.plot().show()

    def _repr_html_(self) -> str:
        best = f"{self.miou:.4f} after epoch {self.epoch + 1}"
        return html_fragment(
            title=str(self.run), headline={"best mIoU": best}, plots=[self.plot().png]
        )


def next_commands(result: TrainResult) -> list[str]:
    """What a user types after training."""
    run = shlex.quote(str(result.run))
    root = result.config.data.root
    data = f" --data.root {shlex.quote(root)}" if root else ""
    return [
        f"effunet evaluate --checkpoint {run}{data}",
        f"effunet predict --checkpoint {run} --source PICTURES --overlay",
        f"tensorboard --logdir {run}/tensorboard",
    ]
