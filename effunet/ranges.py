"""Numbers that cannot be worked with: their range stands beside the field that it bounds."""

import math
from dataclasses import dataclass, field
from typing import TypeVar

from .errors import InputError

_Number = TypeVar("_Number")
_KEY = "range"


@dataclass(frozen=True)
class Range:
    """From ``least`` to ``most``, both included."""

    least: float
    most: float
    example: str
    """A value that works, for messages."""

    def check(self, key: str, value: float | None) -> None:
        """Look at the number called ``key``; None stands for one that is chosen later.

        Raises:
            InputError: It is outside.
        """
        if value is not None and not self.holds(value):
            upwards = self.most == math.inf
            limit = f"at least {self.least:g}" if upwards else f"{self.least:g} to {self.most:g}"
            raise InputError(
                f"{key} cannot be {_shown(value)}",
                where=key,
                why=f"it is a number, {limit}",
                fix=f"--{key} {self.example}",
            )

    def holds(self, value: object) -> bool:
        """Whether it is a finite number inside."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return -math.inf < value < math.inf and self.least <= value <= self.most


def _shown(value: float) -> str:
    """Python writes out no whole number of thousands of digits."""
    huge = isinstance(value, int) and value.bit_length() > 1000
    return "a number of hundreds of digits" if huge else str(value)


def ranged(
    default: _Number, *, least: float, most: float = math.inf, example: float | None = None
) -> _Number:
    """A dataclass field with a range, which :func:`ranges_of` finds again.

    Args:
        default: Of the field.
        least: Smallest value.
        most: Largest value.
        example: A value that works, for messages; ``default`` if left out.
    """
    shown = f"{default if example is None else example:g}"
    return field(default=default, metadata={_KEY: Range(least, most, shown)})


def ranges_of(section: type) -> dict[str, Range]:
    """Range of each field of a dataclass that has one."""
    described = section.__dataclass_fields__  # type: ignore[attr-defined]
    return {name: f.metadata[_KEY] for name, f in described.items() if _KEY in f.metadata}
