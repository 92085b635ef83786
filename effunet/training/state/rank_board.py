"""What every rank of a run last said of itself, in the store that connected them."""

import os
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

# torch documents both there, and lists neither
from torch.distributed import PrefixStore, TCPStore  # type: ignore[attr-defined]

from ... import heartbeat

_fits = count()


@dataclass(frozen=True)
class Said:
    """Of one rank."""

    beats: int = 0
    """Grows while the process lives, whatever it waits for."""
    code: int | None = None
    """Its exit code, once it is on its way out and has told why."""


class RankBoard:
    """A line for each rank, new for each fit of the processes, of which all ranks make as many.

    Calls of a rank whose store is gone raise a RuntimeError.

    Attributes:
        rank: Of this process.
        others: All ranks but this one.
    """

    def __init__(self, rank: int, world_size: int) -> None:
        self.rank = rank
        self.others = [other for other in range(world_size) if other != rank]
        store = TCPStore(  # a client of its own: the main thread waits in another
            os.environ["MASTER_ADDR"],
            int(os.environ["MASTER_PORT"]),
            is_master=False,
            wait_for_workers=False,
            timeout=timedelta(seconds=heartbeat.LIMIT),
        )
        attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        self._store = PrefixStore(f"effunet/ranks/{attempt}/{next(_fits)}", store)
        self._store.set(f"process/{rank}", f"{_here()} {os.getpid()}")

    @property
    def of_rank_zero(self) -> bool:
        """Whether the store ends with rank 0, and not with the launcher."""
        return os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"

    def say(self, said: Said) -> None:
        """Write this rank's line."""
        code = "" if said.code is None else said.code
        self._store.set(f"said/{self.rank}", f"{said.beats} {code}")

    def read(self, rank: int) -> Said:
        """A rank's line, empty where there is none yet."""
        if not self._store.check([f"said/{rank}"]):
            return Said()
        beats, _, code = self._store.get(f"said/{rank}").decode().partition(" ")
        return Said(int(beats), int(code) if code else None)

    def first_to_tell(self) -> bool:
        """Whether no other rank has asked this before: one of several tells what went wrong."""
        return self._store.add("told", 1) == 1

    def process(self, rank: int) -> int | None:
        """A descriptor of the rank's process, readable once it is dead; None from afar."""
        if not hasattr(os, "pidfd_open") or not self._store.check([f"process/{rank}"]):
            return None
        here, _, pid = self._store.get(f"process/{rank}").decode().rpartition(" ")
        try:
            return os.pidfd_open(int(pid)) if here and here == _here() else None
        except OSError:
            return None


def _here() -> str:
    """The same for processes that see each other's ids; empty where that cannot be known."""
    try:
        boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
        return f"{boot.read_text(encoding='ascii').strip()} {namespace.readlink()}"
    except OSError:
        return ""
