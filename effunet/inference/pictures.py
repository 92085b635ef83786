"""A picture in whatever form a caller holds it, as pixels."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import InputError
from ..files import expand_home
from ..imaging import PillowImage, decode_image, pillow_to_rgb, read_image

PictureName: TypeAlias = str | os.PathLike[str]
"""Path of a picture; alone also a folder's, or a glob."""

Pixels: TypeAlias = (
    NDArray[np.uint8] | PillowImage | bytes | bytearray | memoryview | BinaryIO | Tensor
)
"""A picture in memory: an array ``(h, w, 3)`` uint8 RGB, a PIL image, the content of a picture's
file as bytes or an open stream, or a tensor ``(3, h, w)`` uint8 RGB."""

ImageSource: TypeAlias = PictureName | Pixels
"""A picture by name or in memory."""

_WHAT_IS = "a picture is a file's path or content, a PIL image, or an array (height, width, 3) "
_WHAT_IS += "uint8 in RGB order"


@dataclass(frozen=True)
class Decoded:
    """A picture in memory, ``(h, w, 3)`` uint8 RGB, and its file if it has one."""

    image: NDArray[np.uint8]
    path: Path | None = None

    def size(self) -> tuple[int, int]:
        """Height and width."""
        height, width, _ = self.image.shape
        return height, width


def read_picture(source: ImageSource) -> Decoded:
    """Decode a file or its content, or check what is decoded already.

    Raises:
        InputError: It is not a picture.
    """
    if is_name(source):
        return _read_file(expand_home(source))
    if isinstance(source, np.ndarray):
        return Decoded(_checked(source))
    if isinstance(source, Tensor):
        return Decoded(_from_tensor(source))
    if isinstance(source, PillowImage):
        return Decoded(pillow_to_rgb(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return Decoded(decode_image(bytes(source)))
    if _is_stream(source):
        return Decoded(decode_image(_content(source)))
    raise InputError(f"a {type(source).__name__} is not a picture", why=_WHAT_IS, fix=_form(source))


def is_name(source: object) -> TypeGuard[PictureName]:
    """Whether ``source`` names something on disk."""
    return isinstance(source, str | os.PathLike)


def holds_several(source: object) -> bool:
    """Whether ``source`` yields pictures; much that is one picture could be iterated over too."""
    one = is_name(source) or isinstance(source, np.ndarray | Tensor | bytes | bytearray)
    one = one or isinstance(source, memoryview | PillowImage | Mapping) or _is_stream(source)
    return isinstance(source, Iterable) and not one


def _is_stream(source: object) -> TypeGuard[BinaryIO]:
    return hasattr(source, "read")  # what is opened, unzipped or downloaded shares no class


def _read_file(path: Path) -> Decoded:
    if path.is_dir():
        raise InputError(
            "a folder where one picture is expected",
            where=path,
            fix=f"pass it alone, and get its pictures one by one: predictor({str(path)!r})",
        )
    return Decoded(read_image(path), path)


def _content(stream: BinaryIO) -> bytes:
    content = stream.read()
    if not isinstance(content, bytes):  # a text stream, which types alone cannot keep out
        raise InputError(
            f"a {type(stream).__name__} is not a picture",
            why="it holds text",
            fix="open the file as bytes: open(path, 'rb')",
        )
    if not content:
        raise InputError(
            f"a {type(stream).__name__} at its end is not a picture",
            why="there is nothing left to read",
            fix="go back to its start: stream.seek(0)",
        )
    return content


def _from_tensor(tensor: Tensor) -> NDArray[np.uint8]:
    if tensor.dtype != torch.uint8 or tensor.ndim != 3 or len(tensor) != 3 or not tensor.numel():
        raise InputError(
            f"a tensor {tuple(tensor.shape)} of {tensor.dtype} is not a picture",
            why="a picture is (3, height, width) uint8 in RGB order",
            fix=_how_to_mend_tensor(tensor),
        )
    return np.ascontiguousarray(tensor.detach().cpu().permute(1, 2, 0).numpy())


def _how_to_mend_tensor(tensor: Tensor) -> str:
    if tensor.ndim == 4:
        return "give a batch as a list: predictor(list(batch))"
    if tensor.ndim == 3 and tensor.shape[-1] == 3 and tensor.dtype == torch.uint8:
        return "move the channels first: tensor.permute(2, 0, 1)"
    if tensor.ndim == 3 and len(tensor) == 3 and tensor.is_floating_point():
        return "bring it to 0…255: (tensor * 255).round().to(torch.uint8) if it is in 0…1"
    return "give one picture with three channels"


def _checked(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if array.dtype != np.uint8 or array.shape[2:] != (3,) or not array.size:
        raise InputError(
            f"an array {array.shape} of {array.dtype} is not a picture",
            why="a picture is (height, width, 3) uint8 in RGB order",
            fix=_how_to_mend(array),
        )
    return array


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


def _form(source: object) -> str:
    if isinstance(source, Mapping):
        return "give its pictures: predictor(pictures.values())"
    return "give it in one of these forms, or several of them as a list"
