"""The pictures and the page of a run, drawn from what it left behind."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from ...datasets import SegmentationPair, load_pair
from ...imaging import write_image
from ...metrics import iou_from_confusion, majority_miou, miou, pixel_accuracy
from ...models import LoadedModel, load_model, preds_from_logits
from ...render import render_val_grid
from ...report import class_table, plot_classes, plot_confusion, plot_curves, write_page
from ...run_folder import RunFolder
from ..setup import Prepared
from .metrics_log import read_metrics

_GRID_ROWS = 6


def write_pages(
    folder: RunFolder,
    prepared: Prepared,
    confusion: torch.Tensor,
    *,
    title: str,
    facts: Mapping[str, str],
    commands: list[str],
) -> None:
    """Draw curves, class bars, confusion and example pictures, and the page that shows them all.

    Args:
        folder: Of a run that has a best model.
        prepared: Its data.
        confusion: ``(k, k + 1)`` counts of the best epoch.
        title: Of the page.
        facts: Lines for the head of the page.
        commands: What to type next.
    """
    label_space = prepared.dataset.label_space
    names, palette = label_space.names, label_space.palette
    iou = iou_from_confusion(confusion).tolist()
    shares = (confusion.sum(dim=1) / confusion.sum()).tolist()
    path = folder.path
    plot_curves(read_metrics(folder.metrics), path / "curves.png")
    plot_classes(names, iou, path / "classes.png", palette=palette)
    plot_confusion(confusion.numpy(), names, path / "confusion.png")
    model = load_model(folder.best)
    write_image(path / "val_grid.jpg", _val_grid(model, prepared.val.pairs))
    write_page(
        path / "report.html",
        title=title,
        headline={
            "mIoU on val": f"{miou(confusion):.4f}",
            "pixel accuracy": f"{pixel_accuracy(confusion):.4f}",
            "always the commonest class": f"{majority_miou(confusion):.4f}",
        },
        facts=facts,
        tables=[class_table(names, iou, pixel_shares=shares, palette=palette)],
        plots={name: path / f"{name}.png" for name in ("curves", "confusion")},
        pictures={"image, truth, prediction, errors": path / "val_grid.jpg"},
        commands=commands,
    )


def _val_grid(model: LoadedModel, pairs: list[SegmentationPair]) -> NDArray[np.uint8]:
    """Evenly spread over the split, so that they come from different drives."""
    chosen = [pairs[index * len(pairs) // _GRID_ROWS] for index in range(_GRID_ROWS)]
    rows = []
    for pair in dict.fromkeys(chosen):
        image, mask = load_pair(pair, model.label_space)
        batch = torch.from_numpy(image).permute(2, 0, 1).unsqueeze(0)
        with torch.inference_mode():
            (preds,) = preds_from_logits(model.segmenter(batch)).numpy().astype(np.uint8)
        rows.append((image, mask, preds))
    return render_val_grid(rows, model.label_space.names, model.label_space.palette_array())
