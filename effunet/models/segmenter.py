"""The one forward path: any picture in, logits of the same size out."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..config import DataConfig
from ..precision import FULL, Precision
from ..ranges import ranges_of
from ..scaling import STRIDE


class Segmenter(nn.Module):
    """Normalise → scale → pad to the stride → network → crop → logits at the picture's size.

    The network's logits may be smaller than what it sees, by ``output_reduction``. Then they go to
    the picture's size in one interpolation.

    Validation, evaluation, prediction and every export run this module, so that their numbers
    cannot differ.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        network: nn.Module,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        input_scale: float = 1.0,
        output_reduction: int = 1,
        precision: Precision = FULL,
        name: str = "the network",
    ) -> None:
        """Wrap ``network``, which maps multiples of the stride to logits.

        Args:
            network: What computes the logits.
            mean: Of each channel, for pictures in 0…1.
            std: Of each channel, for pictures in 0…1.
            input_scale: Factor on height and width before the network sees the picture.
            output_reduction: By which its logits are smaller than what it sees; divides the stride.
            precision: How the network is computed; :meth:`use_precision` changes it.
            name: To say which network is meant.
        """
        super().__init__()
        self.network = network
        self.use_input_scale(input_scale)
        self.output_reduction = output_reduction
        self.precision = precision
        self.name = name
        self.register_buffer("mean", _per_channel(mean), persistent=False)
        self.register_buffer("std", _per_channel(std), persistent=False)

    def use_precision(self, precision: Precision) -> "Segmenter":
        """Compute in ``precision`` from now on; weights stay float32 but move to its layout."""
        self.precision = precision
        return self.to(memory_format=precision.memory_format)

    def use_input_scale(self, input_scale: float) -> None:
        """Enlarge pictures by ``input_scale`` from now on.

        Raises:
            InputError: It is outside 1/16…16.
        """
        ranges_of(DataConfig)["input_scale"].check("input_scale", input_scale)
        self.input_scale = float(input_scale)

    def set_normalisation(self, mean: Sequence[float], std: Sequence[float]) -> None:
        """Replace mean and std, of each channel for pictures in 0…1."""
        self.mean.copy_(_per_channel(mean))
        self.std.copy_(_per_channel(std))

    def forward(self, image: Tensor) -> Tensor:
        """Segment pictures of any size.

        Args:
            image: ``(n, 3, h, w)`` RGB in 0…255, uint8 or float.

        Returns:
            float32 logits ``(n, num_classes, h, w)``.
        """
        height, width = image.shape[-2:]
        image = self._normalise(image)
        reduction = self.output_reduction
        if self.input_scale != 1:
            rows, columns = scaled_size((height, width), self.input_scale)
            # whole pixels of the logits, so that they go back by the ratio of the sizes
            size = (rows + -rows % reduction, columns + -columns % reduction)
            image = F.interpolate(image, size, mode="bilinear", align_corners=False)
        scaled_height, scaled_width = image.shape[-2:]
        # The mean picture, 0 after normalising, is the padding: reflecting needs more pixels than
        # a tiny picture has.
        image = F.pad(image, (0, -scaled_width % STRIDE, 0, -scaled_height % STRIDE))
        rows, columns = -(-scaled_height // reduction), -(-scaled_width // reduction)
        logits = self._compute(image)[..., :rows, :columns]
        if self.input_scale == 1 == reduction:
            return logits
        # a picture at its own size may end within the last pixel of the logits
        own = self.input_scale == 1
        size = (rows * reduction, columns * reduction) if own else (height, width)
        logits = F.interpolate(logits, size, mode="bilinear", align_corners=False)
        return logits[..., :height, :width]

    def forward_train(self, image: Tensor) -> Tensor:
        """Logits of crops that already are at the input scale and multiples of the stride."""
        logits = self._compute(self._normalise(image))
        if self.output_reduction == 1:
            return logits
        return F.interpolate(logits, image.shape[-2:], mode="bilinear", align_corners=False)

    def _normalise(self, image: Tensor) -> Tensor:
        return (image.to(self.mean.dtype) / 255 - self.mean) / self.std

    def _compute(self, image: Tensor) -> Tensor:
        image = image.contiguous(memory_format=self.precision.memory_format)
        with self.precision.autocast(image.device.type):
            logits: Tensor = self.network(image)
        if self.training and logits.requires_grad:
            # Losses return their gradient in plain layout. Meeting channels_last activations, it
            # would make the backward pass of the largest layers, the decoder's last, ten times
            # slower.
            memory_format = self.precision.memory_format
            logits.register_hook(lambda gradient: gradient.contiguous(memory_format=memory_format))
        return logits.to(torch.promote_types(logits.dtype, torch.float32))


def preds_from_logits(logits: Tensor) -> Tensor:
    """Train ids ``(n, h, w)`` int64 of logits ``(n, num_classes, h, w)``."""
    return logits.max(dim=1).indices  # as argmax, but several times faster on a CPU


def _per_channel(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).view(1, 3, 1, 1)


def scaled_size(size: tuple[int, int], input_scale: float) -> tuple[int, int]:
    """Height and width the network sees of a picture of ``size``, before padding."""
    height, width = size
    return max(1, round(height * input_scale)), max(1, round(width * input_scale))
