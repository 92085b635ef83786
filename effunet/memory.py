"""How much memory this process has needed, and what becomes of memory it has freed."""

import ctypes
import platform
import resource
import sys

import torch

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # glibc's malloc.h


def peak_memory_gb(device: torch.device) -> float:
    """The GPU's where one computes, else the process's largest resident size."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def keep_freed_memory() -> bool:
    """Keep what is freed for the next tensors, from now on and for the whole process.

    glibc asks the system anew for each tensor above 32 MB and hands it back when it is freed. The
    next step gets the same memory page by page, each of them zeroed first, which takes longer than
    what the layer computes there. Other C libraries are left alone.

    Returns:
        Whether the C library took it.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    never = -1
    return bool(libc.mallopt(_M_MMAP_MAX, 0) and libc.mallopt(_M_TRIM_THRESHOLD, never))
