"""Freed memory."""

import json
import platform
import subprocess
import sys

import pytest

# In a process of its own, since it is kept for good.
_PAGES_ASKED_FOR = """
import json, resource, torch
from effunet.memory import keep_freed_memory

def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):  # glibc sets small splinters apart at first, some of them between tensors
        torch.ones(16 << 20)  # 64 MB, of which glibc keeps nothing by itself
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

before = pages()
took = keep_freed_memory()
pages()
print(json.dumps([took, before, pages()]))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's malloc alone is told")
def test_freed_memory_is_used_again_without_asking_the_system() -> None:
    command = [sys.executable, "-c", _PAGES_ASKED_FOR]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    took, before, after = json.loads(printed)
    assert took
    assert before > 200  # 640 MB, in pages of 4 KB or 2 MB
    assert after < before / 10
