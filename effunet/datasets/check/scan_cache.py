"""What the integrity check learnt, kept between runs in the user's cache folder."""

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import cache_folder, write_bytes
from ..pairs import SegmentationPair

_VERSION = 1


@dataclass(frozen=True)
class PairFacts:
    """What a readable pair holds, whatever its labels mean."""

    height: int
    """Of picture and mask alike."""
    width: int
    """Of picture and mask alike."""
    ids: dict[int, int]
    """Label id → pixels."""
    palette: str | None
    """The label space whose colours the label file carries, if it is a known one."""


class ScanCache:
    """Facts about pairs by the size and time of their files.

    Args:
        root: Folder of the data set; each has a cache file of its own.
        folder: Where cache files lie; ``$XDG_CACHE_HOME/effunet`` or ``~/.cache/effunet`` if None.
    """

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
        self._file = (folder or cache_folder()) / f"scan-{name}.json"
        self._entries = _read(self._file)
        self._changed = False

    def find(self, pair: SegmentationPair) -> PairFacts | None:
        """What is known about a pair whose files have not changed."""
        entry = self._entries.get(str(pair.mask))
        if entry is None or entry["stamp"] != _stamp(pair):
            return None
        facts = entry["facts"]
        return PairFacts(**facts | {"ids": {int(key): n for key, n in facts["ids"].items()}})

    def add(self, pair: SegmentationPair, facts: PairFacts) -> None:
        """Remember a pair."""
        self._entries[str(pair.mask)] = {"stamp": _stamp(pair), "facts": asdict(facts)}
        self._changed = True

    def save(self) -> None:
        """Keep what was added; where that is not possible the next run looks again."""
        if not self._changed:
            return
        text = json.dumps({"version": _VERSION, "entries": self._entries})
        with suppress(InputError):
            write_bytes(self._file, text.encode())


def _stamp(pair: SegmentationPair) -> list[str | int]:
    """Changes whenever one of the files does."""
    image, mask = pair.image.stat(), pair.mask.stat()
    return [str(pair.image), image.st_size, image.st_mtime_ns, mask.st_size, mask.st_mtime_ns]


def _read(file: Path) -> dict[str, Any]:
    """Entries of a cache file; none where it is missing, broken or of another version."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return dict(content["entries"]) if content["version"] == _VERSION else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
