"""One run over a source: pictures in, files and figures out, memory flat."""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, PartlyDoneError
from ..files import expand_home
from ..memory import peak_memory_gb
from ..models import LoadedModel
from ..report import Card, try_to_draw
from ..system_faults import enough_memory
from .page import Samples, write_report
from .prediction import Prediction
from .predictor import load
from .readable import Skipped, read_readable
from .sources import PictureFile, Source, find_pictures
from .streaming import threaded_map
from .summary import Summary
from .writers import Destination, check_destination, open_destination, shares_table


def predict(
    model_path: str | Path,
    source: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    overlay: bool = False,
    probabilities: bool = False,
    batch_size: int | None = None,
    threads: int = 1,
    device: str = "auto",
    input_scale: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Segment every picture of ``source`` and write the results below ``out``.

    Decoding and writing run in threads beside the network, a few pictures ahead and behind.

    Args:
        model_path: Run folder or ``best.safetensors``.
        source: A picture, a folder or a glob, or several of them.
        out: Folder for masks, ``shares.csv``, ``report.html`` and what else is asked for.
        overlay: Write overlays with a legend.
        probabilities: Write class probabilities.
        batch_size: Most pictures at once, within the backend's bound; 8 if left out.
        threads: Threads that decode, and as many that write.
        device: auto, cpu, cuda or mps.
        input_scale: Instead of the checkpoint's own.
        progress: Called with (pictures done, pictures in all).

    Raises:
        InputError: Nothing was written: no picture, none readable, no checkpoint, or ``out`` lies
            among the pictures or cannot be written.
        PartlyDoneError: A result could not be written after others were.
    """
    found = find_pictures(*([source] if isinstance(source, str | Path) else source))
    folder = expand_home(out)
    check_destination(folder, found)
    predictor = load(
        model_path,
        device=device,
        batch_size=batch_size,
        threads=threads,
        input_scale=input_scale,
    )
    start = time.perf_counter()
    skipped: list[Skipped] = []
    files = [picture.path for picture in found.pictures]
    readable = read_readable(files, threads=threads, skip=skipped.append)
    first = next(readable)  # before anything is written
    open_destination(folder)
    predictions = predictor.stream(itertools.chain([first], readable), probabilities=probabilities)
    destination = Destination(folder, overlays=overlay, probabilities=probabilities)
    tally = _Tally(*np.zeros((2, predictor.label_space.num_classes), dtype=np.int64))
    samples = Samples(found.pictures)
    write = partial(_write, destination, samples, {each.path: each for each in found.pictures})
    with (
        _keeping(tally),
        enough_memory(fix="--batch_size 1, a smaller --input_scale, or smaller pictures"),
        shares_table(folder, found.root, predictor.label_space.names) as add_row,
    ):
        for written in threaded_map(write, predictions, threads=threads):
            add_row(written.picture.path, written.class_pixels)
            tally.add(written)
            if progress is not None:
                progress(tally.pictures + len(skipped), len(found.pictures))
        summary = Summary(
            out=folder.absolute(),
            pictures=tally.pictures,
            skipped=tuple(skipped),
            shares=tally.shares(predictor.label_space.names),
            seconds=time.perf_counter() - start,
            network_seconds=tally.network_seconds,
            device=str(predictor.device),
            precision=f"{predictor.precision.name} ({predictor.precision.reason})",
            peak_memory_gb=peak_memory_gb(predictor.device),
            notes=_notes(found),
        )
    with _keeping(tally):
        return _with_page(
            summary, predictor.model, tally, source=found.root, left_out=samples.left_out
        )


def _with_page(
    summary: Summary, model: LoadedModel, tally: "_Tally", *, source: Path, left_out: int
) -> Summary:
    """Draw the page; where that fails the masks are there all the same, and a note says so."""
    draw = partial(
        write_report,
        summary,
        model,
        tally.cards,
        source=source,
        class_images=tally.class_images,
        left_out=left_out,
    )
    missing: list[str] = []
    drawn = try_to_draw("report.html", draw, say=missing.append)
    return replace(
        summary,
        page=summary.out / "report.html" if drawn else None,
        notes=(*summary.notes, *missing),
    )


def _notes(source: Source) -> tuple[str, ...]:
    if not source.label_folders:
        return ()
    root = source.root.resolve()
    folders = sorted(path.relative_to(root).as_posix() for path in source.label_folders)
    return (f"left out, as they hold the label files of a data set: {', '.join(folders)}",)


@dataclass(frozen=True)
class _Written:
    """What is remembered of a prediction once its files are there."""

    picture: PictureFile
    class_pixels: NDArray[np.int64]
    network_seconds: float
    card: Card | None


@dataclass
class _Tally:
    """Sums over the pictures done."""

    class_pixels: NDArray[np.int64]
    class_images: NDArray[np.int64]
    pictures: int = 0
    network_seconds: float = 0.0
    cards: list[Card] = field(default_factory=list)

    def add(self, written: _Written) -> None:
        self.class_pixels += written.class_pixels
        self.class_images += written.class_pixels > 0
        self.network_seconds += written.network_seconds
        self.pictures += 1
        self.cards += [written.card] if written.card else []

    def shares(self, names: Sequence[str]) -> dict[str, float]:
        shares = self.class_pixels / self.class_pixels.sum()
        return dict(zip(names, shares.tolist(), strict=True))


def _write(
    destination: Destination,
    samples: Samples,
    pictures: Mapping[Path | None, PictureFile],
    prediction: Prediction,
) -> _Written:
    picture = pictures[prediction.path]
    destination.write(prediction, picture.key)
    return _Written(
        picture,
        prediction.class_pixels(),
        prediction.network_seconds,
        samples.card(picture, prediction),
    )


@contextmanager
def _keeping(tally: _Tally) -> Iterator[None]:
    """Say how many results are there already where a full disk or Ctrl-C ends the work."""
    try:
        yield
    except KeyboardInterrupt:
        stopped = PartlyDoneError(
            f"interrupted after {tally.pictures} pictures, whose results are whole",
            fix="predict again: into the same folder everything is written anew",
        )
        stopped.exit_code = 130
        raise stopped from None
    except InputError as error:
        if not tally.pictures:
            raise
        raise PartlyDoneError(
            f"stopped after {tally.pictures} pictures: {error.what}",
            where=error.where,
            why=error.why,
            fix=error.fix,
        ) from error
