"""The pictures and the page of a run, drawn from what it left behind."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch

from ...config import TrainConfig
from ...imaging import write_image
from ...labels import LabelSpace
from ...metrics import iou_from_confusion, majority_miou, miou, pixel_accuracy
from ...provenance import made_now, version_lines
from ...render import render_val_grid
from ...report import (
    Compared,
    Finding,
    Page,
    Table,
    class_table,
    plot_classes,
    plot_confusion,
    plot_curves,
    try_to_draw,
    write_page,
)
from ...run_folder import RunFolder
from ..setup import Prepared, data_notes
from .metrics_log import read_metrics
from .worst import BestEpoch, see_worst

_GRID_ROWS = 6
_PLOTS = ("curves.png", "confusion.png")


def write_pages(
    folder: RunFolder,
    prepared: Prepared,
    best: BestEpoch,
    *,
    config: TrainConfig,
    seconds: float,
    resumed: bool,
    commands: list[str],
    say: Callable[[str], None],
) -> None:
    """Draw curves, class bars, confusion and the worst pictures, and the page that shows them all.

    What cannot be drawn is left out and said; the run is worth more than its pictures.

    Args:
        folder: Of a run that has a best model.
        prepared: Its data.
        best: Its best epoch.
        config: Of the run.
        seconds: It trained, since it was started or resumed.
        resumed: Which of both.
        commands: What to type next.
        say: Prints a line.
    """
    space = prepared.dataset.label_space
    seen: list[Compared] = []
    see = partial(see_worst, folder, prepared.val, best)
    try_to_draw("the worst pictures", lambda: seen.extend(see()), say=say)
    drawn = _draw_files(folder, space, best, seen, say=say)

    def write() -> None:
        page = Page(
            title=folder.path.name,
            subtitle=f"trained on {config.data.name}, {prepared.dataset.root}",
            headline=_headline(best.confusion),
            facts={
                **_facts(config, prepared, seconds=seconds, resumed=resumed),
                "best epoch": f"{best.epoch + 1} of {len(read_metrics(folder.metrics))}",
            },
            findings=[Finding(note) for note in data_notes(prepared)],
            tables=[_class_table(space, best.confusion)],
            plots={Path(name).stem: folder.path / name for name in _PLOTS if name in drawn},
            classes=list(zip(space.names, space.palette, strict=True)),
            mistakes=[each.card(space.palette) for each in seen],
            folded={
                "Hyper-parameters": folder.config.read_text(encoding="utf-8"),
                "Versions": version_lines(),
            },
            commands=commands,
        )
        write_page(folder.path / "report.html", page)

    try_to_draw("report.html", write, say=say)


def _draw_files(
    folder: RunFolder,
    space: LabelSpace,
    best: BestEpoch,
    seen: Sequence[Compared],
    *,
    say: Callable[[str], None],
) -> list[str]:
    """The names of the pictures beside the page, as far as they could be drawn."""
    iou, confusion = iou_from_confusion(best.confusion).tolist(), best.confusion.numpy()
    draw: dict[str, Callable[[Path], None]] = {
        "curves.png": lambda path: plot_curves(read_metrics(folder.metrics)).save(path),
        "classes.png": lambda path: plot_classes(space.names, iou, palette=space.palette).save(
            path
        ),
        "confusion.png": lambda path: plot_confusion(confusion, space.names).save(path),
    }
    if seen:  # a run from before they were kept has none
        draw["val_grid.jpg"] = lambda path: _draw_val_grid(path, seen, space)
    return [
        name
        for name, write in draw.items()
        if try_to_draw(name, partial(write, folder.path / name), say=say)
    ]


def _class_table(space: LabelSpace, confusion: torch.Tensor) -> Table:
    return class_table(
        space.names,
        iou_from_confusion(confusion).tolist(),
        pixel_shares=(confusion.sum(dim=1) / confusion.sum()).tolist(),
        palette=space.palette,
    )


def _headline(confusion: torch.Tensor) -> dict[str, str]:
    return {
        "mIoU on val": f"{miou(confusion):.4f}",
        "pixel accuracy": f"{pixel_accuracy(confusion):.4f}",
        "always the commonest class": f"{majority_miou(confusion):.4f}",
    }


def _facts(
    config: TrainConfig, prepared: Prepared, *, seconds: float, resumed: bool
) -> dict[str, str]:
    """What was trained on what, when, for how long and where."""
    made = made_now(
        seconds=seconds,
        device=prepared.device,
        precision=f"{prepared.precision.name} ({prepared.precision.reason})",
    )
    return {
        **made,
        "took": made["took"] + " since it was resumed" * resumed,
        "pictures": f"{len(prepared.train.pairs)} train, {len(prepared.val.pairs)} val",
        "SHA-256 of the data": f"train {prepared.train.facts.digest[:12]}, "
        f"val {prepared.val.facts.digest[:12]}",
        "network": f"{config.model.encoder or config.model.variant or 'lite0'} encoder, "
        f"{config.model.decoder} decoder",
        "scored": "mean over the classes that occur in truth or prediction, at the labels' size, "
        f"void ignored, input scale {prepared.segmenter.input_scale:g}",
    }


def _draw_val_grid(path: Path, seen: Sequence[Compared], space: LabelSpace) -> None:
    rows = [each.row for each in seen[:_GRID_ROWS]]
    write_image(path, render_val_grid(rows, space.names, space.palette_array()))
