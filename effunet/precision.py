"""Which number format and memory layout the processor or GPU computes fastest."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch

from .errors import InputError

PrecisionName = Literal["32", "bf16", "16"]

_DTYPES: dict[PrecisionName, torch.dtype] = {"bf16": torch.bfloat16, "16": torch.float16}
_BFLOAT16_UNITS = ("amx_bf16", "avx512_bf16")
_AMPERE = 8  # first CUDA capability that computes bfloat16 in hardware


@dataclass(frozen=True)
class Precision:
    """How the network's convolutions are computed; weights and logits stay float32."""

    name: PrecisionName
    """``32``, ``bf16`` or ``16``."""
    channels_last: bool
    """Whether pictures and weights lie in memory as NHWC."""
    reason: str
    """Why, in words to print."""

    @property
    def memory_format(self) -> torch.memory_format:
        """For ``Module.to`` and ``Tensor.contiguous``."""
        return torch.channels_last if self.channels_last else torch.contiguous_format

    @property
    def dtype(self) -> torch.dtype:
        """What convolutions are computed in."""
        return _DTYPES.get(self.name, torch.float32)

    def autocast(self, device_type: str) -> AbstractContextManager[object]:
        """Context that computes in this precision on ``device_type``."""
        if self.name == "32":
            return nullcontext()
        return torch.autocast(device_type, dtype=self.dtype)


FULL = Precision("32", channels_last=False, reason="plain float32")


def choose_device(name: str) -> torch.device:
    """The device of that name; ``auto`` takes the GPU where there is one.

    Raises:
        InputError: The machine has no such device.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(device for device, there in available.items() if there))
    if not available.get(name, False):
        there = ", ".join(device for device, is_there in available.items() if is_there)
        raise InputError(
            f"there is no device {name!r} here", why=f"available: {there}", fix="--device auto"
        )
    return torch.device(name)


def choose_precision(device: torch.device, requested: str = "auto") -> Precision:
    """The precision for ``device``: the one asked for, or with ``auto`` the fastest exact enough.

    The processor's own flags decide. oneDNN reports bfloat16 support also where it is emulated, and
    there it is several times slower than float32.

    Raises:
        InputError: ``requested`` is not ``auto``, ``32``, ``bf16`` or ``16``, or float16 is asked
            for where only training on CUDA can scale its gradients.
    """
    if requested == "auto":
        return _fastest(device)
    reason = "asked for"
    channels_last = device.type in {"cpu", "cuda"}
    if requested == "32":
        return Precision("32", channels_last, reason)
    if requested == "bf16":
        return Precision("bf16", channels_last, reason)
    if requested == "16" and device.type == "cuda":
        return Precision("16", channels_last, reason)
    raise InputError(
        f"precision {requested!r} cannot be used on {device.type}",
        where="precision",
        why="16 needs CUDA" if requested == "16" else "known are auto, 32, bf16 and 16",
        fix="use auto",
    )


def _fastest(device: torch.device) -> Precision:
    if device.type == "cpu":
        return _fastest_on_cpu()
    if device.type == "cuda":
        capability = torch.cuda.get_device_capability(device)
        if capability[0] >= _AMPERE and torch.cuda.is_bf16_supported():
            return Precision("bf16", channels_last=True, reason="GPU computes bfloat16")
        return Precision("16", channels_last=True, reason="GPU without bfloat16, float16 instead")
    return Precision("32", channels_last=False, reason=f"{device.type} is used in float32")


def _fastest_on_cpu() -> Precision:
    capabilities = torch.cpu.get_capabilities()
    units = [unit for unit in _BFLOAT16_UNITS if capabilities.get(unit)]
    if units:
        return Precision("bf16", channels_last=True, reason="processor has " + ", ".join(units))
    missing = " nor ".join(_BFLOAT16_UNITS)
    return Precision("32", channels_last=True, reason=f"processor has neither {missing}")
