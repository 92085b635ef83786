"""What a machine refuses is one message; what a program does wrong stays a traceback."""

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch._utils import ExceptionWrapper

from effunet.__main__ import main
from effunet.errors import InputError
from effunet.system_faults import enough_memory, system_fault

_TOO_MUCH = 2**50  # bytes, more than any machine gives


@pytest.mark.parametrize(
    "allocate",
    [
        lambda: torch.empty(_TOO_MUCH, dtype=torch.uint8),
        lambda: np.empty(_TOO_MUCH, np.uint8),
        lambda: bytearray(2**62),
    ],
    ids=["torch", "numpy", "python"],
)
def test_memory_that_is_not_there_names_what_needs_less(allocate: Callable[[], object]) -> None:
    refused = pytest.raises(InputError, match="not enough memory")
    with refused as caught, enough_memory(fix="--batch_size 1"):
        allocate()
    assert caught.value.fix == "--batch_size 1"


def test_what_cuda_says_is_understood() -> None:
    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nGPU 0 ...")
    fault = system_fault(error)
    assert fault is not None
    assert fault.why == "CUDA out of memory. Tried to allocate 20.00 GiB."


@pytest.mark.parametrize(
    "text",
    [
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.",
        "unable to mmap 128 bytes from file <weights>: Cannot allocate memory (12)",
        "std::bad_alloc",
    ],
)
def test_memory_that_a_library_did_not_get_is_understood(text: str) -> None:
    fault = system_fault(RuntimeError(text))
    assert fault is not None
    assert fault.what == "there is not enough memory"


@pytest.mark.parametrize(
    "text",
    [
        "DataLoader worker (pid 7) is killed by signal: Bus error.",
        "DataLoader worker (pid(s) 7, 8) exited unexpectedly",
        "unable to write to file </torch_7_8>: No space left on device (28)",
    ],
)
def test_shared_memory_that_runs_out_names_what_needs_none(text: str) -> None:
    for error in (RuntimeError(text), _from_a_loader_process(RuntimeError(text))):
        fault = system_fault(error)
        assert fault is not None
        assert fault.why is not None
        assert fault.why.endswith(text)
        assert fault.fix.startswith("--num_workers 0")


def test_threads_that_the_system_refuses_are_told() -> None:
    fault = system_fault(RuntimeError("can't start new thread"))
    assert fault is not None
    assert fault.what == "the system starts no more threads"


def _from_a_loader_process(error: Exception) -> Exception:
    """As torch raises it again where the loader is read."""
    try:
        raise error
    except type(error):
        wrapped = ExceptionWrapper(where="in DataLoader worker process 0")
    with pytest.raises(type(error)) as caught:
        wrapped.reraise()
    return caught.value


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "OSError: [Errno 24] Too many open files"),
        (MemoryError("no 8 GB"), "MemoryError: no 8 GB"),
    ],
)
def test_a_traceback_of_a_loader_process_is_left_out(error: Exception, why: str) -> None:
    fault = system_fault(_from_a_loader_process(error))
    assert fault is not None
    assert fault.why == why


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.ENOSPC, "make room on the disk"),
        (errno.EDQUOT, "make room on the disk"),
        (errno.EMFILE, "allow more open files with ulimit -n 4096, or --num_workers 0"),
        (errno.EACCES, "give a file or folder that may be read and written"),
    ],
)
def test_what_mends_a_file_follows_from_what_the_system_says(number: int, fix: str) -> None:
    fault = system_fault(OSError(number, "no", "/file"))
    assert fault is not None
    assert fault.fix == fix


def test_other_errors_are_left_as_they_are() -> None:
    for error in (RuntimeError("shapes differ"), ValueError("out of memory"), KeyError("x")):
        assert system_fault(error) is None
        with pytest.raises(type(error)), enough_memory(fix="none"):
            raise error


def test_a_file_that_the_system_refuses_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent") as caught:
        (tmp_path / "absent").read_bytes()
    fault = system_fault(caught.value)
    assert fault is not None
    assert (fault.where, fault.why) == (str(tmp_path / "absent"), "No such file or directory")


def test_a_picture_larger_than_the_memory_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["data", "make", "--out", str(tmp_path / "data"), "--size", "[9999999,9999999]"]
    assert main([*words, "--count", "2"]) == 2
    assert capsys.readouterr().err.startswith("effunet: there is not enough memory\n")
    assert not list(tmp_path.iterdir())
