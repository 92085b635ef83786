"""The parameters of a training run: one frozen dataclass a section, documented where they stand.

The docstrings are the text of ``effunet train --help``.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, Literal


@dataclass(frozen=True)
class DataConfig:
    """What to train on and how pictures become training crops."""

    name: str = "idd_lite"
    """Data set: idd_lite, camvid, cityscapes, folder (described by a YAML file) or synthetic."""
    root: str | None = None
    """Folder of the data set; for ``folder`` the YAML file that describes it."""
    crop_size: tuple[int, int] | None = None
    """Training crop (height, width), multiples of 32; if left out, the variant's published
    resolution rounded up."""
    input_scale: float = 1.0
    """Enlarge pictures by this before the network sees them; scores stay at the label's size."""
    scale_range: tuple[float, float] = (0.5, 2.0)
    """Random scale of training pictures, on top of input_scale."""
    flip: float = 0.5
    """Probability of a horizontal flip."""
    color_jitter: float = 0.3
    """Strength of random brightness, contrast, saturation and hue; 0 switches it off."""
    cache_gb: float = 2.0
    """Memory for decoded pictures; past it they are decoded again each epoch."""


@dataclass(frozen=True)
class ModelConfig:
    """Which network."""

    variant: str | None = None
    """The one dial: b0...b7, lite0...lite4 (published table; lite0 if left out), or a compound
    coefficient such as phi=1.5 (formula on B0). phi=n is not Bn: phi=1 has B2's multipliers."""
    encoder: str | None = None
    """Any smp or timm (tu-...) encoder instead of a variant, for comparisons."""
    decoder: str = "unet"
    """unet, unetplusplus, manet, linknet, fpn, pspnet, deeplabv3, deeplabv3plus, upernet or
    segformer."""
    decoder_channels: tuple[int, ...] | None = None
    """Channels of the decoder's stages, deepest first; smp's own if left out. The first dial for
    speed."""
    weights: str = "imagenet"
    """imagenet, none, a file of encoder weights (.safetensors, .pth), or an effunet run to
    fine-tune."""


@dataclass(frozen=True)
class LossConfig:
    """What is minimised: a weighted sum of terms."""

    terms: dict[str, float] = field(default_factory=lambda: {"cross_entropy": 1.0, "dice": 1.0})
    """Weight of each term: cross_entropy, ohem, focal, dice, lovasz."""
    class_weights: Literal["none", "auto"] | tuple[float, ...] = "none"
    """none, auto (median frequency) or one number a class; for cross_entropy, ohem and focal."""
    label_smoothing: float = 0.0
    """Share of the target spread over all classes, for cross_entropy."""
    focal_gamma: float = 2.0
    """How much focal turns away from easy pixels."""
    ohem_threshold: float = 0.7
    """OHEM keeps pixels whose true class has less than this probability."""


@dataclass(frozen=True)
class OptimConfig:
    """AdamW and its schedule."""

    lr: float = 1e-3
    """Peak learning rate of the decoder and the head."""
    encoder_lr: float = 3e-4
    """Peak learning rate of the encoder."""
    weight_decay: float = 1e-2
    """Decay of convolution weights; norms and biases have none."""
    schedule: Literal["poly", "cosine"] = "poly"
    """How the rate falls to zero over the run."""
    poly_power: float = 0.9
    """Exponent of the poly schedule."""
    warmup_epochs: float = 0.5
    """Epochs over which the rate rises from zero."""


@dataclass(frozen=True)
class TrainerConfig:
    """How long and how to run."""

    epochs: int = 40
    """Passes over the training split."""
    precision: Literal["auto", "32", "bf16", "16"] = "auto"
    """auto takes what the processor or GPU computes fastest without losing accuracy."""
    accumulate: int = 1
    """Batches summed into one optimiser step."""
    clip_norm: float = 1.0
    """Largest gradient norm; 0 switches clipping off."""
    ema: float = 0.0
    """Decay of the weights' moving average, for example 0.999; it is then what is validated and
    kept as best. 0 switches it off."""
    patience: int = 0
    """Stop after this many epochs without a better val/miou; 0 never stops early."""
    limit_train_batches: int | None = None
    """Train on at most this many batches an epoch."""
    limit_val_batches: int | None = None
    """Validate on at most this many batches."""
    devices: int | str = "auto"
    """Devices a node, as Lightning takes it: auto, a count, or a list such as 0,1."""
    num_nodes: int = 1
    """Nodes of a distributed run."""
    strategy: str = "auto"
    """Lightning strategy: auto, ddp, ..."""


@dataclass(frozen=True)
class TrainConfig:
    """Everything a run is made of."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    name: str = ""
    """What the run is called; if left out as its config file, else after data and encoder."""
    batch_size: int = 8
    """Pictures a step and device."""
    num_workers: int | None = None
    """Processes that load pictures; chosen from the processor if left out."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    seed: int = 0
    """Seed of weights, order and augmentation."""

    @property
    def run_name(self) -> str:
        """Name of the run's folder."""
        encoder = self.model.encoder or self.model.variant or "lite0"
        return self.name or f"{self.data.name}_{encoder}"


def config_to_dict(config: TrainConfig) -> dict[str, Any]:
    """Plain types only, for YAML, JSON and checkpoints."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return plain


def config_from_dict(values: Mapping[str, Any]) -> TrainConfig:
    """Inverse of :func:`config_to_dict`."""
    sections = {f.name: f.default_factory for f in fields(TrainConfig)}
    parts: dict[str, Any] = {}
    for name, value in values.items():
        section = sections[name]
        parts[name] = value if section is MISSING else _section(section, value)
    return TrainConfig(**parts)


def _section(section: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any section
    return section(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    )
