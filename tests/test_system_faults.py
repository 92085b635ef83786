"""What a machine refuses is one message; what a program does wrong stays a traceback."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

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
