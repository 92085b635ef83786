"""The other side of the comparison: smp and Lightning in float32, as tutorials write them."""

import numpy as np
import pytorch_lightning as pl
import segmentation_models_pytorch as smp
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from effunet.config import ModelConfig
from effunet.datasets import Batch
from effunet.models import Segmenter

STRIDE = 32
SMP_CHANNELS = (256, 128, 64, 32, 16)


def plain_network(segmenter: Segmenter, model: ModelConfig) -> nn.Module:
    """smp's Unet over timm's encoder, with the weights of ``segmenter``.

    Raises:
        RuntimeError: The two are not the same network.
    """
    state = {  # smp wraps timm's model once more
        name.replace("encoder.", "encoder.model.", 1): value
        for name, value in segmenter.network.state_dict().items()
    }
    network: nn.Module = smp.Unet(
        f"tu-tf_efficientnet_{model.variant or 'lite0'}",
        encoder_weights=None,
        decoder_channels=model.decoder_channels or SMP_CHANNELS,
        classes=len(state["segmentation_head.0.weight"]),
    )
    network.load_state_dict(state)
    return network


class PlainTask(pl.LightningModule):
    """The training loop of the tutorials: cross-entropy and Dice, AdamW, one rate."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, *, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean.clone())
        self.register_buffer("std", std.clone())
        self.cross_entropy = nn.CrossEntropyLoss(ignore_index=255)
        self.dice = smp.losses.DiceLoss("multiclass", ignore_index=255)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Loss of one batch of crops."""
        logits = self.network((batch["image"] / 255 - self.mean) / self.std)
        loss: Tensor = self.cross_entropy(logits, batch["mask"]) + self.dice(logits, batch["mask"])
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW over everything."""
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


class PlainPredictor:
    """A picture in, its mask out: normalise, enlarge, pad, network, crop, shrink, argmax."""

    def __init__(
        self, network: nn.Module, *, mean: Tensor, std: Tensor, input_scale: float
    ) -> None:
        self.network = network.eval()
        self.mean, self.std = mean, std
        self.input_scale = input_scale

    @torch.no_grad()
    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Train ids ``(h, w)`` of an RGB picture ``(h, w, 3)``."""
        size = image.shape[:2]
        batch = torch.from_numpy(image).permute(2, 0, 1)[None]
        batch = (batch / 255 - self.mean) / self.std
        if self.input_scale != 1:
            scaled = [round(side * self.input_scale) for side in size]
            batch = F.interpolate(batch, scaled, mode="bilinear")
        height, width = batch.shape[-2:]
        batch = F.pad(batch, (0, -width % STRIDE, 0, -height % STRIDE))
        logits = self.network(batch)[..., :height, :width]
        if self.input_scale != 1:
            logits = F.interpolate(logits, size, mode="bilinear")
        mask: NDArray[np.uint8] = logits.argmax(dim=1)[0].to(torch.uint8).numpy()
        return mask
