"""What the machine refuses, in one message: memory, files, processes."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import EffunetError, InputError

# torch and its libraries say so in a RuntimeError's text alone, on everything but CUDA
_NO_MEMORY = re.compile(
    r"[Cc]an(?:'t|not) allocate memory|out of memory|ALLOC_FAILED|Insufficient memory|bad_alloc"
)
_WORKER_DIED = re.compile(r"DataLoader worker \(pid.*(killed|exited)|</torch_")  # shared memory
_NO_THREAD = "can't start new thread"
_ELSEWHERE = "close other programs, or ask for less at once: a smaller size, fewer processes"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_ALL_OPEN = {errno.EMFILE, errno.ENFILE}


@contextmanager
def enough_memory(*, fix: str) -> Iterator[None]:
    """Name what needs less memory, where there is not enough for the work inside the block.

    Args:
        fix: The options of this work that do.

    Raises:
        InputError: Memory ran out.
    """
    try:
        yield
    except Exception as error:  # cv2.error has no class below it but this
        if not _ran_out(error):
            raise
        raise _no_memory(error, fix) from error


def system_fault(error: Exception) -> EffunetError | None:
    """The message for an error of the machine, or None for any other."""
    if _ran_out(error):
        return _no_memory(error, _ELSEWHERE)
    if isinstance(error, OSError):
        return _of_a_file(error)
    if handing_over_failed(error):
        return InputError(
            "a process that loads pictures died",
            why=_line(error),
            fix="--num_workers 0; in a container more shared memory also helps: --shm-size=8g",
        )
    if isinstance(error, RuntimeError) and _NO_THREAD in str(error):
        return InputError("the system starts no more threads", why=_line(error), fix=_ELSEWHERE)
    return None


def handing_over_failed(error: Exception) -> bool:
    """Whether ``error`` is a loader process's end or its want of shared memory, as torch tells."""
    return isinstance(error, RuntimeError) and bool(_WORKER_DIED.search(str(error)))


def _of_a_file(error: OSError) -> InputError:
    named = isinstance(error.filename, str | bytes)
    fix = "give a file or folder that may be read and written"
    if error.errno in _FULL:
        fix = "make room on the disk"
    elif error.errno == errno.EFBIG:
        fix = "allow larger files with ulimit -f unlimited"
    elif error.errno in _ALL_OPEN:
        fix = "allow more open files with ulimit -n 4096, or --num_workers 0"
    return InputError(
        "a file cannot be used" if named else "something cannot be read or written",
        where=os.fsdecode(error.filename) if named else None,
        why=error.strerror or _line(error) or type(error).__name__,
        fix=fix,
    )


def _ran_out(error: Exception) -> bool:
    if isinstance(error, RuntimeError) or type(error).__module__ == "cv2":
        return bool(_NO_MEMORY.search(str(error)))
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM


def _no_memory(error: Exception, fix: str) -> InputError:
    why = re.sub(r"^\[enforce fail.*?\] .*?\. ", "", _line(error) or "")
    return InputError("there is not enough memory", why=why or None, fix=fix)


def _line(error: Exception) -> str | None:
    """What it says: the first line, or the last one behind a loader process's traceback."""
    lines = str(error).splitlines()
    if not lines:
        return None
    return lines[-1 if "in DataLoader worker process" in lines[0] else 0]
