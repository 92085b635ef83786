"""Runs commands one by one in forks of a process that has imported everything, and weighs them.

Reads a JSON list of ``[words, folder]`` from standard input and writes a JSON list of what became
of each. Used as a program, so that no thread of the tests is forked.
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

import effunet.arguments
import effunet.evaluation
import effunet.inference
import effunet.training
from effunet.__main__ import main

PATIENCE_S = 60
MOST_BYTES = 1 << 30


def run(words: list[str], folder: Path) -> dict[str, Any]:
    """Exit code, what was said, seconds and megabytes of one command."""
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        os._exit(_call(words, folder))
    _, status, used = os.wait4(child, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "said": (folder / "stderr").read_text(encoding="utf-8", errors="replace"),
        "seconds": time.perf_counter() - began,
        "megabytes": max(0, used.ru_maxrss - int((folder / "start_kb").read_text())) / 1024,
    }


def _call(words: list[str], folder: Path) -> int:
    pages = [int(number) for number in Path("/proc/self/statm").read_text().split()[:2]]
    size, resident = (count * resource.getpagesize() for count in pages)
    (folder / "start_kb").write_text(str(resident // 1024))
    resource.setrlimit(resource.RLIMIT_AS, (size + MOST_BYTES, size + MOST_BYTES))
    signal.alarm(PATIENCE_S)  # ends it, however it hangs
    for name, number in (("stdout", 1), ("stderr", 2)):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.chdir(folder)
    try:
        return main(words)
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    assert all((effunet.arguments, effunet.evaluation, effunet.inference, effunet.training))
    became = [run(words, Path(folder)) for words, folder in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(became))
