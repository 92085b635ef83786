"""The digest inside a checkpoint, over every byte of the file but its own."""

import hashlib
from pathlib import Path

DIGEST_KEY = "digest"
"""Of the header's JSON; as another entry beside it, safetensors would write them in any order."""
BLANK = "0" * hashlib.sha256().digest_size * 2
"""What stands in the digest's place while it is computed."""

_LARGEST_HEADER = 100_000_000  # bytes, as safetensors itself limits it


def sealed(content: bytes) -> bytes:
    """The content of a safetensors file with its digest in the place of :data:`BLANK`."""
    digest = hashlib.sha256(content).hexdigest()
    start = _place(content[: _header_end(content)])
    return content[:start] + digest.encode() + content[start + len(BLANK) :]


def is_intact(path: Path) -> bool:
    """Whether the bytes of the file are those it was sealed with.

    Raises:
        OSError: It cannot be read.
        ValueError: It holds no digest.
    """
    with path.open("rb") as file:
        head = file.read(8)
        head += file.read(max(0, _header_end(head) - len(head)))
        start = _place(head)
        said = head[start : start + len(BLANK)]
        digest = hashlib.sha256(head[:start] + BLANK.encode() + head[start + len(BLANK) :])
        while block := file.read(1 << 20):
            digest.update(block)
    return said == digest.hexdigest().encode()


def _header_end(head: bytes) -> int:
    """Where the tensors begin: behind a length of eight bytes and a header of that length."""
    return 8 + min(int.from_bytes(head[:8], "little"), _LARGEST_HEADER)


def _place(header: bytes) -> int:
    mark = f'\\"{DIGEST_KEY}\\": \\"'.encode()  # JSON inside a string of JSON
    return header.index(mark) + len(mark)
