"""The pictures and the page of a run, drawn from what it left behind."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ...config import TrainConfig
from ...datasets import Split, load_pair
from ...imaging import write_image
from ...metrics import iou_from_confusion, majority_miou, miou, pixel_accuracy
from ...models import LoadedModel, load_model, preds_from_logits
from ...render import render_val_grid
from ...report import class_table, plot_classes, plot_confusion, plot_curves, write_page
from ...run_folder import RunFolder
from ..setup import Prepared
from .drawing import try_to_draw
from .metrics_log import read_metrics

_GRID_ROWS = 6
_PLOTS = ("curves.png", "confusion.png")
_GRID_CAPTION = "image, truth, prediction, errors in the true class's colour"


def write_pages(
    folder: RunFolder,
    prepared: Prepared,
    confusion: torch.Tensor,
    *,
    config: TrainConfig,
    epoch: int,
    commands: list[str],
    say: Callable[[str], None],
) -> None:
    """Draw curves, class bars, confusion and example pictures, and the page that shows them all.

    What cannot be drawn is left out and said; the run is worth more than its pictures.

    Args:
        folder: Of a run that has a best model.
        prepared: Its data.
        confusion: ``(k, k + 1)`` counts of the best epoch.
        config: Of the run.
        epoch: Zero-based, the best.
        commands: What to type next.
        say: Prints a line.
    """
    label_space = prepared.dataset.label_space
    names, palette = label_space.names, label_space.palette
    iou = iou_from_confusion(confusion).tolist()
    shares = (confusion.sum(dim=1) / confusion.sum()).tolist()
    draw: dict[str, Callable[[Path], None]] = {
        "curves.png": lambda path: plot_curves(read_metrics(folder.metrics)).save(path),
        "classes.png": lambda path: plot_classes(names, iou, palette=palette).save(path),
        "confusion.png": lambda path: plot_confusion(confusion.numpy(), names).save(path),
        "val_grid.jpg": lambda path: _draw_val_grid(path, folder, prepared),
    }
    files = {name: folder.path / name for name in draw}
    drawn = [name for name in draw if try_to_draw(name, partial(draw[name], files[name]), say=say)]
    page = partial(
        write_page,
        folder.path / "report.html",
        title=config.name,
        headline={
            "mIoU on val": f"{miou(confusion):.4f}",
            "pixel accuracy": f"{pixel_accuracy(confusion):.4f}",
            "always the commonest class": f"{majority_miou(confusion):.4f}",
        },
        facts=_facts(config, prepared, epoch),
        tables=[class_table(names, iou, pixel_shares=shares, palette=palette)],
        plots={name.removesuffix(".png"): files[name] for name in _PLOTS if name in drawn},
        pictures={_GRID_CAPTION: files["val_grid.jpg"]} if "val_grid.jpg" in drawn else {},
        commands=commands,
    )
    try_to_draw("report.html", page, say=say)


def _facts(config: TrainConfig, prepared: Prepared, epoch: int) -> dict[str, str]:
    """Lines for the head of the page."""
    return {
        "data set": f"{config.data.name}, {prepared.dataset.root}",
        "pictures": f"{len(prepared.train.pairs)} train, {len(prepared.val.pairs)} val",
        "network": f"{config.model.encoder or config.model.variant or 'lite0'} encoder, "
        f"{config.model.decoder} decoder",
        "best epoch": f"{epoch + 1} of {config.trainer.epochs}",
        "scored": "mean over the classes that occur in truth or prediction, at the labels' size, "
        f"void ignored, input scale {prepared.segmenter.input_scale:g}",
    }


def _draw_val_grid(path: Path, folder: RunFolder, prepared: Prepared) -> None:
    write_image(path, _val_grid(load_model(folder.best), prepared.val))


def _val_grid(model: LoadedModel, val: Split) -> NDArray[np.uint8]:
    """Evenly spread over the split, so that they come from different drives."""
    pairs = val.pairs
    chosen = [pairs[index * len(pairs) // _GRID_ROWS] for index in range(_GRID_ROWS)]
    rows = []
    for pair in dict.fromkeys(chosen):
        image, mask = load_pair(pair, val.facts.label_map)
        batch = torch.from_numpy(image).permute(2, 0, 1).unsqueeze(0)
        (preds,) = preds_from_logits(model.backend(batch)).numpy().astype(np.uint8)
        rows.append((image, mask, preds))
    return render_val_grid(rows, model.label_space.names, model.label_space.palette_array())
