"""The other ranks of a run, watched from a thread that ends the process when one is lost.

The main thread may by then be waiting for it in an exchange of gradients, where Python runs no
handler: half an hour at best.
"""

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress

from ... import heartbeat
from ...errors import InputError
from ...run_folder import RunFolder
from .rank_board import RankBoard, Said

LEAVING = 5.0
"""Seconds without a beat after which a rank that is on its way out is out."""


class OtherRanks:
    """Watched from the moment this is made.

    Attributes:
        board: What the ranks say of themselves.
        code: This rank's exit code once it is on its way out; 0 after a whole run.
        over: Ends the watch.
    """

    def __init__(self, board: RankBoard, folder: RunFolder) -> None:
        self.board = board
        self.folder = folder
        self.code: int | None = None
        self._heard: dict[int, Said] = {}
        self._processes: dict[int, int] = {}
        self._rounds = 0
        self.over = heartbeat.beat(self._exchange)
        threading.Thread(target=self._watch, name="rank-watch", daemon=True).start()

    def leave(self, code: int) -> None:
        """Let the others know that this rank is on its way out."""
        self.code = code
        with suppress(RuntimeError):
            self.board.say(Said(self._rounds, code))

    def first_to_tell(self) -> bool:
        """Whether no other rank has a fault to tell, as far as can be known."""
        with suppress(RuntimeError):
            return self.board.first_to_tell()
        return True

    def _exchange(self, count: int) -> None:
        """Say that this rank lives, and hear the others."""
        try:
            self.board.say(Said(count, self.code))
            self._heard = {rank: self.board.read(rank) for rank in self.board.others}
            for rank in self.board.others:
                process = None if rank in self._processes else self.board.process(rank)
                if process is not None:
                    self._processes[rank] = process
        except RuntimeError as error:  # what torch raises when a store is gone
            raise ConnectionError(str(error)) from error
        self._rounds = count

    def _watch(self) -> None:
        silences = {rank: heartbeat.Silence() for rank in self.board.others}
        store = heartbeat.Silence()
        while not self.over.is_set():
            dead = self._dead()
            stuck = store.seconds(self._rounds)
            quiet = {
                rank: silence.seconds(self._heard.get(rank, Said()).beats)
                for rank, silence in silences.items()
            }
            if self.over.is_set() or self.code or not self._hear_again(dead):
                return
            self._judge(dead, quiet, stuck=stuck)

    def _judge(self, dead: set[int], quiet: dict[int, float], *, stuck: float) -> None:
        """End this process if another is gone.

        Args:
            dead: Ranks whose process is known to be.
            quiet: Seconds since each was last heard.
            stuck: Seconds since the store last answered.
        """
        codes = {rank: self._heard.get(rank, Said()).code for rank in quiet}
        for rank, code in codes.items():
            if code and (rank in dead or quiet[rank] >= LEAVING):
                os._exit(code)  # it has told why
        silent = set[int]()
        if stuck < 3 * heartbeat.EVERY:
            silent = {rank for rank, seconds in quiet.items() if seconds >= heartbeat.LIMIT}
        elif stuck >= heartbeat.LIMIT and self.board.of_rank_zero:
            silent = {0}
        lost = sorted(rank for rank in dead | silent if codes.get(rank) is None)
        if lost:
            self._end(lost)

    def _dead(self) -> set[int]:
        """The ranks on this machine whose process is gone; waits a beat for one to go."""
        known = self._processes.copy()
        ready, _, _ = select.select(list(known.values()), [], [], heartbeat.EVERY)
        return {rank for rank, process in known.items() if process in ready}

    def _hear_again(self, dead: set[int]) -> bool:
        """Read what the dead said last; False if that no longer matters."""
        try:
            self._heard |= {rank: self.board.read(rank) for rank in dead}
        except RuntimeError:  # the store went with rank 0
            return self.code is None
        return True

    def _end(self, lost: list[int]) -> None:
        """End this process: the first rank that is left says why."""
        left = sorted({self.board.rank, *self.board.others} - set(lost))
        if self.board.rank != left[0]:
            time.sleep(LEAVING)
            os._exit(InputError.exit_code)
        _say(str(_lost(lost, self.folder)))
        for rank in lost:
            if rank in self._processes:
                with suppress(OSError):  # a stopped one would keep its memory and its launcher
                    signal.pidfd_send_signal(self._processes[rank], signal.SIGKILL)
        os._exit(InputError.exit_code)


def _lost(ranks: Iterable[int], folder: RunFolder) -> InputError:
    named = " and ".join(str(rank) for rank in ranks)
    return InputError(
        f"process {named} of this run is lost, and the others cannot go on without it",
        where=folder.path,
        why="it was killed or stopped, or its machine or the network between them is gone; "
        "a system that is out of memory kills too",
        fix=folder.way_on(),
    )


def _say(message: str) -> None:
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.write(f"effunet: {message}\n")
        sys.stderr.flush()
