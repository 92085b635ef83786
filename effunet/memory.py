"""How much memory this process has needed."""

import resource
import sys

import torch


def peak_memory_gb(device: torch.device) -> float:
    """The GPU's where one computes, else the process's largest resident size."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
