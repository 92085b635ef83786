"""The page of a prediction: some of its pictures, and what they show."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..imaging import mask_thumbnail, picture_thumbnail
from ..labels import LABEL_SPACES
from ..models import LoadedModel
from ..provenance import folded, made_now
from ..report import Card, Finding, Gallery, Page, Table, pixels_a_card, write_page
from .prediction import Prediction
from .sources import PictureFile
from .summary import Summary

_MOST = 60  # pictures on a page


class Samples:
    """Makes cards of some pictures, spread evenly over all.

    Attributes:
        chosen: Their files.
        left_out: How many pictures get none.
    """

    def __init__(self, pictures: Sequence[PictureFile]) -> None:
        count = min(_MOST, len(pictures))
        self.left_out = len(pictures) - count
        self._most_pixels = pixels_a_card(count)
        self.chosen = {pictures[index * len(pictures) // count].path for index in range(count)}

    def card(self, picture: PictureFile, prediction: Prediction) -> Card | None:
        """The card of a picture; None if it is not among those chosen."""
        if picture.path not in self.chosen:
            return None
        palette = np.array(prediction.label_space.palette, np.uint8)
        most = self._most_pixels
        return Card(
            str(picture.key),
            picture_thumbnail(prediction.image, most_pixels=most),
            {"prediction": mask_thumbnail(prediction.mask, palette, most_pixels=most)},
            classes=tuple(np.flatnonzero(prediction.class_pixels()).tolist()),
        )


def write_report(
    summary: Summary,
    model: LoadedModel,
    cards: Sequence[Card],
    *,
    source: Path,
    class_images: NDArray[np.int64],
    left_out: int,
) -> Path:
    """Write ``report.html`` beside the masks, and return its path.

    Args:
        summary: Of the prediction.
        model: It was made with.
        cards: Pictures to show.
        source: Where the pictures came from.
        class_images: ``(k,)`` pictures in which each class was found.
        left_out: How many pictures are not shown.

    Raises:
        InputError: It cannot be written.
    """
    path, space = summary.out / "report.html", model.label_space
    place = source.resolve()
    out = shlex.quote(str(summary.out))
    known = space.name if LABEL_SPACES.get(space.name) == space else "FILE.yaml"
    page = Page(
        title=summary.out.name,
        subtitle=f"segmented by {model.path.resolve().parent.name}: {place}",
        headline={
            "pictures": f"{summary.pictures:,}",
            "pictures a second": f"{summary.images_per_second:.1f}",
            **({"skipped": f"{len(summary.skipped):,}"} if summary.skipped else {}),
        },
        findings=_findings(summary),
        tables=[_class_table(summary, model, class_images)],
        facts={
            **made_now(
                seconds=summary.seconds,
                device=model.backend.device,
                precision=summary.precision,
            ),
            "network alone": f"{summary.network_images_per_second:.1f} pictures a second",
            "memory": f"{summary.peak_memory_gb:.2f} GB at the peak",
            "model": str(model.path.absolute()),
            "SHA-256 of the model": model.sha256[:12],
            "input scale": f"{model.backend.input_scale:g}",
        },
        classes=list(zip(space.names, space.palette, strict=True)),
        gallery=Gallery(
            cards,
            f"{left_out:,} more pictures are not shown: those here are spread evenly over all"
            if left_out
            else "",
        ),
        folded=folded(model.config),
        commands=[f"effunet evaluate --predictions {out} --labels DIR --label_space {known}"],
    )
    write_page(path, page)
    return path


def _findings(summary: Summary) -> list[Finding]:
    """Skipped pictures, those with one mend together, then the notes."""
    names: dict[tuple[str, str], list[str]] = {}
    for skipped in summary.skipped:
        names.setdefault((skipped.error.what, skipped.error.fix), []).append(str(skipped.path))
    faults = [Finding(what, tuple(files), fix) for (what, fix), files in names.items()]
    return [*faults, *(Finding(note) for note in summary.notes)]


def _class_table(summary: Summary, model: LoadedModel, class_images: NDArray[np.int64]) -> Table:
    shares = list(summary.shares.values())
    order = sorted(range(len(shares)), key=lambda index: -shares[index])
    names, palette = model.label_space.names, model.label_space.palette
    return Table(
        title="Classes, commonest first",
        columns=("class", "in pictures", "of the pixels"),
        rows=tuple((names[i], f"{class_images[i]:,}", f"{shares[i]:.2%}") for i in order),
        colours=tuple(palette[i] for i in order),
        bars=tuple(shares[i] for i in order),
    )
