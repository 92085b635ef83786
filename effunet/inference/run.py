"""One run over a source: pictures in, files and figures out, memory flat."""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, PartlyDoneError
from ..files import expand_home
from ..memory import peak_memory_gb
from ..system_faults import enough_memory
from .pictures import Decoded, read_picture
from .prediction import Prediction
from .predictor import load
from .sources import PictureFile, Source, find_pictures
from .streaming import threaded_map
from .writers import Destination, check_destination, open_destination, shares_table

_NAMED = 10  # skipped pictures named in full; the rest are counted


@dataclass(frozen=True)
class Skipped:
    """A picture that could not be read."""

    path: Path
    error: InputError

    def __str__(self) -> str:
        return f"{self.path}: {self.error.why or self.error.what}"


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    out: Path
    """Folder of the results, absolute."""
    pictures: int
    """How many were segmented."""
    skipped: tuple[Skipped, ...]
    """Those that could not be read, in order."""
    shares: dict[str, float]
    """Fraction of all pixels that each class covers."""
    seconds: float
    """From the first file read to the last file written."""
    network_seconds: float
    """Of these, in the network."""
    device: str
    """Where the network computed."""
    precision: str
    """How, and why so."""
    peak_memory_gb: float
    """The most that was needed at once."""
    notes: tuple[str, ...] = ()
    """What is worth knowing about the pictures."""

    @property
    def images_per_second(self) -> float:
        """End to end: decoding, network and writing."""
        return self.pictures / self.seconds

    @property
    def network_images_per_second(self) -> float:
        """Network alone, from pixels in memory to mask."""
        return self.pictures / self.network_seconds

    def describe(self) -> str:
        """Shares and figures as lines to print."""
        shares = [f"  {name:<16} {share:6.1%}" for name, share in self.shares.items()]
        figures = (
            f"{self.pictures} picture{'s' * (self.pictures != 1)} on {self.device}, "
            f"{self.precision}: {self.images_per_second:.1f} img/s, network alone "
            f"{self.network_images_per_second:.1f} img/s, {self.peak_memory_gb:.2f} GB at the peak"
        )
        return "\n".join([*shares, figures])

    def raise_if_partly_done(self) -> None:
        """End the command with exit code 3 if pictures were skipped.

        Raises:
            PartlyDoneError: It names them.
        """
        if not self.skipped:
            return
        named = [str(fault) for fault in self.skipped[:_NAMED]]
        if len(self.skipped) > _NAMED:
            named.append(f"and {len(self.skipped) - _NAMED} more")
        raise PartlyDoneError(
            f"{len(self.skipped)} of {self.pictures + len(self.skipped)} pictures were skipped",
            where="\n         ".join(named),
            why="they cannot be read",
            fix="\n         ".join(dict.fromkeys(fault.error.fix for fault in self.skipped)),
        )


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
        out: Folder for masks, ``shares.csv`` and what else is asked for.
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
    readable = _readable(threaded_map(_read, found.pictures, threads=threads), skipped)
    first = next(readable, None)
    if first is None:
        raise _nothing_readable(skipped)
    open_destination(folder)
    predictions = predictor.stream(itertools.chain([first], readable), probabilities=probabilities)
    destination = Destination(folder, overlays=overlay, probabilities=probabilities)
    tally = _Tally(np.zeros(predictor.label_space.num_classes, dtype=np.int64))
    write = partial(_write, destination, {picture.path: picture for picture in found.pictures})
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
    shares = tally.class_pixels / tally.class_pixels.sum()
    return Summary(
        out=folder.absolute(),
        pictures=tally.pictures,
        skipped=tuple(skipped),
        shares=dict(zip(predictor.label_space.names, shares.tolist(), strict=True)),
        seconds=time.perf_counter() - start,
        network_seconds=tally.network_seconds,
        device=str(predictor.device),
        precision=f"{predictor.precision.name} ({predictor.precision.reason})",
        peak_memory_gb=peak_memory_gb(predictor.device),
        notes=_notes(found),
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


@dataclass
class _Tally:
    """Sums over the pictures done."""

    class_pixels: NDArray[np.int64]
    pictures: int = 0
    network_seconds: float = 0.0

    def add(self, written: _Written) -> None:
        self.class_pixels += written.class_pixels
        self.network_seconds += written.network_seconds
        self.pictures += 1


def _read(picture: PictureFile) -> Decoded | Skipped:
    try:
        return read_picture(picture.path)
    except InputError as error:
        return Skipped(picture.path, error)


def _readable(read: Iterable[Decoded | Skipped], skipped: list[Skipped]) -> Iterator[Decoded]:
    """The decoded pictures; the others are added to ``skipped``."""
    for picture in read:
        if isinstance(picture, Skipped):
            skipped.append(picture)
        else:
            yield picture


def _nothing_readable(skipped: list[Skipped]) -> InputError:
    first = skipped[0].error
    if len(skipped) == 1:
        return first
    return InputError(
        f"none of the {len(skipped)} pictures can be read",
        where=f"first {first.where}",
        why=first.why,
        fix=first.fix,
    )


def _write(
    destination: Destination, pictures: Mapping[Path | None, PictureFile], prediction: Prediction
) -> _Written:
    picture = pictures[prediction.path]
    destination.write(prediction, picture.key)
    return _Written(picture, prediction.class_pixels(), prediction.network_seconds)


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
