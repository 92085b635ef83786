"""Where in a label file its ids are, if they are not simply what its pixels hold."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, get_args

Channel: TypeAlias = Literal["red", "green", "blue"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
MOST_DIVIDED = 65_536
"""The largest divisor: more than any id of 16 bits leaves nothing."""


@dataclass(frozen=True)
class IdEncoding:
    """How to come from a pixel to its id."""

    channel: Channel | None = None
    """The one of three that holds the id, as CARLA keeps it in red."""
    divisor: int = 1
    """What the stored number is divided by, rounded down: 256 for ``label * 256 + instance``."""

    def __str__(self) -> str:
        """``mask_channel red, label_divisor 256``, as a description writes them."""
        said = [f"mask_channel {self.channel}"] if self.channel else []
        said += [f"label_divisor {self.divisor}"] if self.divisor > 1 else []
        return ", ".join(said) or "what the pixels hold"

    def to_dict(self) -> dict[str, Any]:
        """Plain types only, for JSON and checkpoints."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: object) -> "IdEncoding":
        """Inverse of :meth:`to_dict`, of values that anyone may have written.

        Raises:
            KeyError: One is missing.
            ValueError: One is not what :meth:`to_dict` gives.
        """
        if not isinstance(values, Mapping):
            raise ValueError("the label map's encoding is not a mapping")
        channel, divisor = values["channel"], values["divisor"]
        if channel is not None and channel not in CHANNELS:
            raise ValueError("the label map's channel is neither red nor green nor blue")
        if not is_divisor(divisor):
            raise ValueError("the label map's divisor is not a whole number from 1 on")
        return cls(channel, divisor)


PLAIN_IDS = IdEncoding()
"""Pixels hold ids."""


def is_divisor(value: object) -> bool:
    """Whether stored numbers can be divided by it."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_DIVIDED
