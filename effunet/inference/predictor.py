"""A trained network as a function of pictures."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias, cast, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..config import check_range
from ..errors import InputError
from ..files import expand_home
from ..imaging import read_image
from ..models import LoadedModel, load_model, preds_from_logits, scaled_size
from .prediction import Prediction
from .streaming import equal_sized, threaded_map

ImageSource: TypeAlias = str | Path | NDArray[np.uint8]
"""A picture's file, or the picture as ``(h, w, 3)`` uint8 RGB."""

# A full-HD frame at the stride: in float32 UNet takes 0.7 GB for it over Lite0, 0.9 GB over B4.
_BATCH_PIXELS = 1920 * 1088
_BATCH_PICTURES = 8  # more gain nothing


@dataclass(frozen=True)
class Decoded:
    """A picture in memory, ``(h, w, 3)`` uint8 RGB, and its file if it has one."""

    image: NDArray[np.uint8]
    path: Path | None = None

    def size(self) -> tuple[int, int]:
        """Height and width."""
        height, width, _ = self.image.shape
        return height, width


class Predictor:
    """Segments pictures of any size.

    One picture in, one :class:`Prediction` out; an iterable of them in, an iterator out, which
    reads ahead and batches neighbours of equal size, so that memory does not grow with their
    number::

        predictor = load("runs/train/idd_lite_lite0")
        predictor("street.jpg").save("street.png")
        for prediction in predictor(Path("drive").glob("*.jpg")):
            print(prediction.path, prediction.shares())

    Attributes:
        label_space: Names and colours of the classes.
        device: Where the network computes.
        precision: How, and why so.
    """

    def __init__(
        self, model: LoadedModel, *, batch_size: int | None = None, num_workers: int = 1
    ) -> None:
        """Wrap a model.

        Args:
            model: What :func:`load_model` returned, on the device and in the precision to use.
            batch_size: Pictures at once; as many as fit about 1 GB if left out.
            num_workers: Threads that decode.
        """
        self._segmenter = model.segmenter
        self.label_space = model.label_space
        self.device = self._segmenter.mean.device
        self.precision = self._segmenter.precision
        self._batch_size = batch_size
        self._threads = max(1, num_workers)

    def __repr__(self) -> str:
        classes = f"{self.label_space.num_classes} classes of {self.label_space.name}"
        return f"Predictor({classes}, {self.device}, {self.precision.name})"

    @overload  # a str is an iterable of str, but a file's name is never meant as that
    def __call__(  # type: ignore[overload-overlap]
        self, source: ImageSource, *, probabilities: bool = False
    ) -> Prediction: ...

    @overload
    def __call__(
        self, source: Iterable[ImageSource], *, probabilities: bool = False
    ) -> Iterator[Prediction]: ...

    def __call__(
        self, source: ImageSource | Iterable[ImageSource], *, probabilities: bool = False
    ) -> Prediction | Iterator[Prediction]:
        """Segment one picture, or each of several.

        Args:
            source: A file, an array ``(h, w, 3)`` uint8 RGB, or an iterable of either.
            probabilities: Compute them at once, instead of when they are first read.

        Raises:
            InputError: A picture cannot be read; of several, when its turn comes.
        """
        if isinstance(source, str | Path | np.ndarray) or not _holds_several(source):
            picture = read_picture(cast("ImageSource", source))
            return next(self.stream([picture], probabilities=probabilities))
        read = threaded_map(read_picture, source, threads=self._threads)
        return self.stream(read, probabilities=probabilities)

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

    @torch.inference_mode()
    def _logits(self, images: list[NDArray[np.uint8]]) -> Tensor:
        # (n, h, w, 3) seen as (n, 3, h, w) already is channels_last
        batch = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
        logits: Tensor = self._segmenter(batch.to(self.device))
        return logits

    def _batch_limit(self, size: tuple[int, int]) -> int:
        if self._batch_size is not None:
            return self._batch_size
        height, width = scaled_size(size, self._segmenter.input_scale)
        return max(1, min(_BATCH_PICTURES, _BATCH_PIXELS // (height * width)))


def load(
    path: str | Path,
    *,
    device: str = "auto",
    precision: str = "auto",
    input_scale: float | None = None,
    batch_size: int | None = None,
    num_workers: int = 1,
) -> Predictor:
    """A predictor from a run folder or its ``best.safetensors``.

    Args:
        path: What training left, or a copy of its best file.
        device: auto, cpu, cuda or mps.
        precision: auto, 32, bf16 or 16.
        input_scale: Factor on the picture's size instead of the one trained with, where pictures
            are much larger or smaller than those trained on.
        batch_size: Pictures at once; as many as fit about 1 GB if left out.
        num_workers: Threads that decode.

    Raises:
        InputError: There is no usable checkpoint, or no such device.
    """
    check_range("batch_size", batch_size)
    check_range("num_workers", num_workers)
    model = load_model(path, device=device, precision=precision)
    if input_scale is not None:
        model.segmenter.use_input_scale(input_scale)
    return Predictor(model, batch_size=batch_size, num_workers=num_workers)


def read_picture(source: ImageSource) -> Decoded:
    """Decode a file, or check an array.

    Raises:
        InputError: It is not a picture.
    """
    if isinstance(source, str | Path):
        path = expand_home(source)
        if path.is_dir():
            raise InputError(
                "a folder where one picture is expected",
                where=path,
                fix=f"pass its pictures: predictor(sorted(Path({str(source)!r}).glob('*.jpg')))",
            )
        return Decoded(read_image(path), path)
    if not isinstance(source, np.ndarray):
        raise InputError(
            f"a {type(source).__name__} is not a picture",
            why="a picture is a file's path, or an array (height, width, 3) uint8 in RGB order",
            fix="of a PIL image: numpy.asarray(image.convert('RGB'))",
        )
    if source.dtype != np.uint8 or source.shape[2:] != (3,) or not source.size:
        raise InputError(
            f"an array {source.shape} of {source.dtype} is not a picture",
            why="a picture is (height, width, 3) uint8 in RGB order",
            fix=_how_to_mend(source),
        )
    return Decoded(source)


def _holds_several(source: object) -> bool:
    """A PIL image is iterable by its type, but offers itself as one array."""
    return isinstance(source, Iterable) and not hasattr(source, "__array_interface__")


def _how_to_mend(array: NDArray[np.generic]) -> str:
    if array.ndim == 4:
        return "give a batch as a list: predictor(list(batch))"
    if array.ndim == 2:
        return "repeat a grey picture: numpy.stack([grey] * 3, -1)"
    if array.ndim == 3 and array.shape[0] == 3 != array.shape[-1]:
        return "move the channels last: array.transpose(1, 2, 0)"
    if array.dtype != np.uint8 and array.shape[2:] == (3,):
        return "bring it to 0…255: (array * 255).astype('uint8') if it is in 0…1"
    return "give one picture with three channels"


def _softmax(logits: Tensor) -> NDArray[np.float32]:
    probabilities: NDArray[np.float32] = logits.softmax(dim=0).cpu().numpy()
    return probabilities
