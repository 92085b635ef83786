"""Compound scaling as in Tan & Le, EfficientNet (ICML 2019), section 3.3."""

import math
from dataclasses import dataclass

ALPHA, BETA, GAMMA = 1.2, 1.1, 1.15
"""Bases of depth, width and resolution: ALPHA · BETA² · GAMMA² ≈ 2, so φ + 1 doubles the work."""

CHANNEL_DIVISOR = 8
STRIDE = 32
"""Of every encoder's last features; pictures are padded to multiples of it."""
BASE_RESOLUTION, BASE_DROPOUT = 224, 0.2  # of B0


@dataclass(frozen=True)
class Scaling:
    """What a variant decides."""

    name: str
    """``b0``…``b7``, ``lite0``…``lite4`` or ``phi=…``."""
    depth_multiplier: float
    """Factor on the blocks of each stage."""
    channel_multiplier: float
    """Factor on the channels of each stage."""
    resolution: int
    """Height and width of the square pictures the variant was designed for."""
    dropout: float
    """Before the classifier; segmentation does not use it."""
    lite: bool = False
    """EfficientNet-Lite: ReLU6, no squeeze-and-excitation, stem, head and the first and last
    stage's depth unscaled."""
    drop_path: float = 0.2
    """Stochastic depth at the last block, rising linearly from 0 at the first."""

    @property
    def default_crop(self) -> tuple[int, int]:
        """Training crop (height, width): the resolution rounded up to the stride."""
        side = math.ceil(self.resolution / STRIDE) * STRIDE
        return side, side


def compound(phi: float) -> Scaling:
    """B0 scaled by the formula.

    The published table is not φ = n: φ = 1 has the depth and width of B2.
    """
    return Scaling(
        name=f"phi={phi:g}",
        depth_multiplier=ALPHA**phi,
        channel_multiplier=BETA**phi,
        resolution=round(BASE_RESOLUTION * GAMMA**phi),
        dropout=BASE_DROPOUT,
    )


def round_channels(channels: int, multiplier: float) -> int:
    """Scaled channels as the nearest multiple of 8, one more step up if that loses over 10 %."""
    scaled = channels * multiplier
    nearest = int(scaled + CHANNEL_DIVISOR / 2) // CHANNEL_DIVISOR * CHANNEL_DIVISOR
    rounded = max(CHANNEL_DIVISOR, nearest)
    return rounded + CHANNEL_DIVISOR if rounded < 0.9 * scaled else rounded


def round_repeats(repeats: int, multiplier: float) -> int:
    """Scaled number of blocks of a stage, rounded up."""
    return math.ceil(repeats * multiplier)
