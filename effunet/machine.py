"""What a machine computes on, in words."""

import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_PROCESSOR_FLAGS = {"amx_bf16": "amx_bf16", "avx512_bf16": "avx512_bf16", "avx512_f": "avx512"}


def describe_processor() -> str:
    """Its name and those of its flags that decide precision and speed."""
    import torch  # where it is broken this module still is there

    capabilities = torch.cpu.get_capabilities()
    flags = [name for flag, name in _PROCESSOR_FLAGS.items() if capabilities.get(flag)]
    name = capabilities.get("cpu_name") or platform.machine()
    return f"{name}: {', '.join(flags) or 'neither AVX-512 nor AMX'}"


def describe_device(device: "torch.device") -> str:
    """A GPU's name, or of the processor also how many threads compute on it."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type != "cpu":
        return device.type
    threads = torch.get_num_threads()
    return f"{describe_processor()}, {threads} thread{'s' * (threads > 1)}"
