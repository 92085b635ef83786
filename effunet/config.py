"""The parameters of a training run: one frozen dataclass a section, documented where they stand.

The docstrings are the text of ``effunet train --help``.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal

from .errors import InputError
from .ranges import ranged, ranges_of


@dataclass(frozen=True)
class DataConfig:
    """What to train on and how pictures become training crops."""

    name: str | None = None
    """Data set: idd_lite, camvid, cityscapes, folder (described by a YAML file) or synthetic; if
    left out the files tell."""
    root: str | None = None
    """Folder of the data set, or the YAML file that describes a folder."""
    crop_size: tuple[int, int] | None = None
    """Training crop (height, width), multiples of 32; if left out, the variant's published
    resolution rounded up."""
    input_scale: float | None = ranged(None, least=1 / 16, most=16, example=1.5)
    """Enlarge pictures by this before the network sees them; scores stay at the label's size. If
    left out 1, or what the run was trained with that model.weights names."""
    scale_range: tuple[float, float] = (0.5, 2.0)
    """Random scale of training pictures, on top of input_scale."""
    flip: float = ranged(0.5, least=0, most=1)
    """Probability of a horizontal flip."""
    color_jitter: float = ranged(0.3, least=0, most=1)
    """Strength of random brightness, contrast, saturation and hue; 0 switches it off."""
    cache_gb: float = ranged(2.0, least=0)
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
    output_reduction: int = 1
    """1, 2 or 4: where the decoder stops, at the size the network sees or at a half or a quarter of
    it, from where logits are upsampled to the picture. Of what data.input_scale 2 costs, 2 saves a
    sixth and 4 a third. unet, unetplusplus and manet leave out their last stages, whose
    decoder_channels may be named or not; of the others all but linknet can."""
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
    label_smoothing: float = ranged(0.0, least=0, most=0.999999, example=0.1)
    """Share of the target spread over all classes, for cross_entropy."""
    focal_gamma: float = ranged(2.0, least=0)
    """How much focal turns away from easy pixels."""
    ohem_threshold: float = ranged(0.7, least=1e-6, most=1)
    """OHEM keeps pixels whose true class has less than this probability."""


@dataclass(frozen=True)
class OptimConfig:
    """AdamW and its schedule."""

    lr: float = ranged(1e-3, least=0, most=1e30)
    """Peak learning rate of the decoder and the head."""
    encoder_lr: float = ranged(3e-4, least=0, most=1e30)
    """Peak learning rate of the encoder."""
    weight_decay: float = ranged(1e-2, least=0)
    """Decay of convolution weights; norms and biases have none."""
    schedule: Literal["poly", "cosine"] = "poly"
    """How the rate falls to zero over the run."""
    poly_power: float = ranged(0.9, least=0)
    """Exponent of the poly schedule."""
    warmup_epochs: float = ranged(0.5, least=0)
    """Epochs over which the rate rises from zero."""


@dataclass(frozen=True)
class TrainerConfig:
    """How long and how to run."""

    epochs: int = ranged(40, least=1)
    """Passes over the training split."""
    precision: Literal["auto", "32", "bf16", "16"] = "auto"
    """auto takes what the processor or GPU computes fastest without losing accuracy."""
    accumulate: int = ranged(1, least=1)
    """Batches summed into one optimiser step."""
    clip_norm: float = ranged(1.0, least=0)
    """Largest gradient norm; 0 switches clipping off."""
    ema: float = ranged(0.0, least=0, most=0.999999, example=0.999)
    """Decay of the weights' moving average, for example 0.999; it is then what is validated and
    kept as best. 0 switches it off."""
    patience: int = ranged(0, least=0, example=10)
    """Stop after this many epochs without a better val/miou; 0 never stops early."""
    checkpoint_minutes: float = ranged(15.0, least=0)
    """Also save the state to go on from this often inside an epoch; 0 saves it at epochs' ends
    alone."""
    limit_train_batches: int | None = ranged(None, least=1, example=100)
    """Train on at most this many batches an epoch."""
    limit_val_batches: int | None = ranged(None, least=1, example=100)
    """Validate on at most this many batches."""
    devices: int | str = "auto"
    """Devices a node, as Lightning takes it: auto, a count, or a list such as 0,1."""
    num_nodes: int = ranged(1, least=1)
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
    batch_size: int = ranged(8, least=1)
    """Pictures a step and device."""
    num_workers: int | None = ranged(None, least=0, example=2)
    """Processes that load pictures; chosen from the processor if left out."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    seed: int = ranged(0, least=0, most=2**32 - 1)
    """Seed of weights, order and augmentation."""

    @property
    def run_name(self) -> str:
        """Name of the run's folder."""
        encoder = self.model.encoder or self.model.variant or "lite0"
        described = self.data.name == "folder" and self.data.root
        data = Path(self.data.root or "").stem if described else self.data.name
        return self.name or f"{data}_{encoder}"


SECTIONS: Mapping[str, type] = {
    name: type(section) for name, section in vars(TrainConfig()).items() if is_dataclass(section)
}
"""Name of each section of the configuration → what it is made of."""


def check_range(name: str, value: float | None) -> None:
    """Look at a number that other commands share with training, such as ``batch_size``.

    Raises:
        InputError: It is outside its range.
    """
    ranges_of(TrainConfig)[name].check(name, value)


def check_ranges(config: TrainConfig) -> None:
    """Look at every number that has a range.

    Raises:
        InputError: One is outside.
    """
    for prefix, section in [("", config), *_sections(config)]:
        for name, bounds in ranges_of(type(section)).items():
            bounds.check(prefix + name, getattr(section, name))
    match config.data.scale_range:
        case (int() | float() as low, int() | float() as high) if 0 < low <= high < math.inf:
            return
    raise InputError(
        f"data.scale_range cannot be {config.data.scale_range}",
        where="data.scale_range",
        why="it is two rising numbers above 0",
        fix="--data.scale_range [0.5,2.0]",
    )


def _sections(config: TrainConfig) -> list[tuple[str, Any]]:
    values = [(f.name, getattr(config, f.name)) for f in fields(config)]
    return [(f"{name}.", value) for name, value in values if is_dataclass(value)]


def config_to_dict(config: TrainConfig) -> dict[str, Any]:
    """Plain types only, for YAML, JSON and checkpoints."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return plain


def config_for_checkpoint(config: TrainConfig) -> dict[str, Any]:
    """As :func:`config_to_dict`, without the folders of the machine that trained."""
    data, model = config.data, config.model
    root = None if data.root is None else Path(data.root).name
    weights = Path(model.weights)
    if weights.exists():  # the run or folder it lies in tells one best.safetensors from another
        weights = Path(*weights.resolve().parts[1:][-2:])
    return config_to_dict(
        replace(
            config,
            name=Path(config.name).name,
            data=replace(data, root=root),
            model=replace(model, weights=str(weights)),
        )
    )


def config_from_dict(values: Mapping[str, Any]) -> TrainConfig:
    """Inverse of :func:`config_to_dict`."""
    sections = {f.name: f.default_factory for f in fields(TrainConfig)}
    parts: dict[str, Any] = {}
    for name, value in values.items():
        section = sections[name]
        parts[name] = value if section is MISSING else _section(section, value)
    return TrainConfig(**parts)


def settings(config: TrainConfig) -> dict[str, Any]:
    """Dotted name of every setting → its value in plain types: ``optim.lr`` → 0.001."""
    named: dict[str, Any] = {}
    for name, value in config_to_dict(config).items():
        inner = value if is_dataclass(getattr(config, name)) else None
        named |= {f"{name}.{key}": inner[key] for key in inner} if inner else {name: value}
    return named


def with_settings(config: TrainConfig, values: Mapping[str, Any]) -> TrainConfig:
    """``config`` with other values under some of the names that :func:`settings` gives."""
    plain = config_to_dict(config)
    for name, value in values.items():
        section, _, key = name.rpartition(".")
        (plain[section] if section else plain)[key] = value
    return config_from_dict(plain)


def _section(section: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any section
    return section(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    )
