"""Candidates in processes of their own, which take turns."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TypeVar

Arguments = TypeVar("Arguments")

ISAS = {
    name: {
        "ATEN_CPU_CAPABILITY": name,
        "ONEDNN_MAX_CPU_ISA": onednn,
        "MKL_ENABLE_INSTRUCTIONS": name.upper(),
    }
    for name, onednn in {"avx2": "AVX2", "avx512": "AVX512_CORE"}.items()
}
"""Instruction set → the variables that keep torch, oneDNN and MKL to it, read when they load."""


@contextmanager
def side(
    build: Callable[[Arguments], Callable[[], float]], arguments: Arguments, *, isa: str | None
) -> Iterator[Callable[[], float]]:
    """What ``build(arguments)`` measures, in a process of its own that waits between the turns.

    What a candidate tells the processor, the allocator or its threads cannot help the other.

    Args:
        build: A function of a module, called in the new process.
        arguments: Its own.
        isa: Key of :data:`ISAS`, or None for all that the processor has.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, build, arguments), daemon=True)
    before = dict(os.environ)
    os.environ.update(ISAS[isa] if isa else {})
    try:
        process.start()
    finally:
        os.environ.clear()
        os.environ.update(before)
    there.close()

    def turn() -> float:
        here.send(None)
        seconds: float = here.recv()
        return seconds

    try:
        yield turn
    finally:
        here.close()  # which ends the process
        process.join()


def _serve(
    connection: Connection,
    build: Callable[[Arguments], Callable[[], float]],
    arguments: Arguments,
) -> None:
    measure = build(arguments)
    while True:
        try:
            connection.recv()
        except EOFError:
            return
        connection.send(measure())
