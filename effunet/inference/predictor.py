"""A trained network as a function of pictures."""

import math
import os
import time
import warnings
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, cast, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..config import check_range
from ..models import LoadedModel, load_model, pictures_at_once, preds_from_logits
from ..ranges import Range
from .pictures import (
    Decoded,
    ImageSource,
    PictureName,
    Pixels,
    holds_several,
    is_name,
    read_picture,
)
from .prediction import Prediction
from .readable import Skipped, read_readable
from .sources import find_pictures
from .streaming import equal_sized, threaded_map

_THREADS = Range(1, math.inf, "2")
_BATCH_PICTURES = 8  # more gain nothing


class Predictor:
    """Segments pictures of any size.

    One picture in, one :class:`Prediction` out; a folder, a glob or an iterable of pictures in, an
    iterator out, which reads ahead and batches neighbours of equal size, so that memory does not
    grow with their number::

        predictor = load("runs/train/idd_lite_lite0")
        predictor("street.jpg").save("street.png")
        for prediction in predictor("drive/"):
            print(prediction.path, prediction.shares())

    Attributes:
        model: What computes.
        label_space: Names and colours of the classes.
        device: Where the network computes.
        precision: How, and why so.
    """

    def __init__(
        self, model: LoadedModel, *, batch_size: int | None = None, threads: int = 1
    ) -> None:
        """Wrap a model.

        Args:
            model: What :func:`load_model` returned, on the device and in the precision to use.
            batch_size: Most pictures at once, within the backend's bound; 8 if left out.
            threads: Threads that decode.
        """
        self.model = model
        self._backend = model.backend
        self.label_space = model.label_space
        self.device = self._backend.device
        self.precision = self._backend.precision
        self._batch_size = batch_size
        self._threads = threads

    def __repr__(self) -> str:
        classes = f"{self.label_space.num_classes} classes of {self.label_space.name}"
        return f"Predictor({classes}, {self.device}, {self.precision.name})"

    @overload  # bytes and arrays are iterables too, but never meant as several pictures
    def __call__(  # type: ignore[overload-overlap]
        self, source: Pixels, *, probabilities: bool = False
    ) -> Prediction: ...

    @overload  # only the disk knows whether a name is a picture's or a folder's
    def __call__(self, source: PictureName, *, probabilities: bool = False) -> Any: ...  # noqa: ANN401

    @overload
    def __call__(
        self, source: Iterable[ImageSource], *, probabilities: bool = False
    ) -> Iterator[Prediction]: ...

    def __call__(
        self, source: ImageSource | Iterable[ImageSource], *, probabilities: bool = False
    ) -> Prediction | Iterator[Prediction]:
        """Segment one picture, or each of several.

        Args:
            source: One picture: a file, a file's content (bytes or a binary stream), a PIL image,
                an array ``(h, w, 3)`` or a tensor ``(3, h, w)`` of uint8 RGB. Several: a folder
                with pictures at any depth, a glob, or an iterable of any of these.
            probabilities: Compute them at once, instead of when they are first read.

        Returns:
            A prediction, or where the source is several pictures an iterator over theirs: of an
            iterable in its order, of a folder or glob in natural order without those that cannot
            be read, each of which is warned of.

        Raises:
            InputError: A picture cannot be read; of an iterable, when its turn comes; of a folder
                or glob none can. A name leads nowhere, or to no picture.
        """
        if is_name(source):
            found = find_pictures(source)
            if not found.single:
                files = [picture.path for picture in found.pictures]
                readable = read_readable(files, threads=self._threads, skip=_warn)
                return self.stream(readable, probabilities=probabilities)
        elif holds_several(source):
            several = cast("Iterable[ImageSource]", source)
            read = threaded_map(read_picture, several, threads=self._threads)
            return self.stream(read, probabilities=probabilities)
        picture = read_picture(cast("ImageSource", source))
        return next(self.stream([picture], probabilities=probabilities))

    def stream(
        self, pictures: Iterable[Decoded], *, probabilities: bool = False
    ) -> Iterator[Prediction]:
        """Segment decoded pictures in order, neighbours of equal size together."""
        for batch in equal_sized(pictures, size=Decoded.size, limit=self._batch_limit):
            yield from self._segment(batch, probabilities=probabilities)

    def _segment(self, batch: list[Decoded], *, probabilities: bool) -> Iterator[Prediction]:
        start = time.perf_counter()
        logits = self._logits([picture.image for picture in batch])
        masks = preds_from_logits(logits).to(torch.uint8).cpu().numpy()
        seconds = (time.perf_counter() - start) / len(batch)
        for index, picture in enumerate(batch):
            ready = _softmax(logits[index]) if probabilities else None
            yield Prediction(
                picture.image,
                masks[index],
                label_space=self.label_space,
                compute_probabilities=partial(self._probabilities, picture.image, ready),
                path=picture.path,
                network_seconds=seconds,
            )

    def _probabilities(
        self, image: NDArray[np.uint8], ready: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        return _softmax(self._logits([image])[0]) if ready is None else ready

    def _logits(self, images: list[NDArray[np.uint8]]) -> Tensor:
        # (n, h, w, 3) seen as (n, 3, h, w) already is channels_last
        return self._backend(torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2))

    def _batch_limit(self, size: tuple[int, int]) -> int:
        return min(self._batch_size or _BATCH_PICTURES, pictures_at_once(self._backend, size))


def load(
    path: str | os.PathLike[str],
    *,
    device: str = "auto",
    precision: str = "auto",
    input_scale: float | None = None,
    batch_size: int | None = None,
    threads: int = 1,
) -> Predictor:
    """A predictor from a run folder or its ``best.safetensors``.

    Args:
        path: What training left, or a copy of its best file.
        device: auto, cpu, cuda or mps.
        precision: auto, 32, bf16 or 16.
        input_scale: Factor on the picture's size instead of the one trained with, where pictures
            are much larger or smaller than those trained on.
        batch_size: Most pictures at once, within the backend's bound; 8 if left out.
        threads: Threads that decode.

    Raises:
        InputError: There is no usable checkpoint, or no such device.
    """
    check_range("batch_size", batch_size)
    _THREADS.check("threads", threads)
    model = load_model(path, device=device, precision=precision)
    if input_scale is not None:
        model.segmenter.use_input_scale(input_scale)
    return Predictor(model, batch_size=batch_size, threads=threads)


def _warn(skipped: Skipped) -> None:
    warnings.warn(f"skipped {skipped}", stacklevel=2)


def _softmax(logits: Tensor) -> NDArray[np.float32]:
    probabilities: NDArray[np.float32] = logits.softmax(dim=0).cpu().numpy()
    return probabilities
