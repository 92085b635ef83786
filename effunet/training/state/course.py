"""What a run does otherwise than configured since it was rolled back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_ROLL_BACKS = 3
_LONGEST_REASON = 1000


@dataclass(frozen=True)
class Course:
    """How a run goes on since its roll-backs; as configured where there was none."""

    rate: float = 1.0
    """Factor on the learning rates."""
    left_out: frozenset[tuple[int, int]] = frozenset()
    """Epoch and batch, zero-based, of what is not trained on."""
    lost: tuple[str, ...] = ()
    """Why each roll-back came."""

    def to_dict(self) -> dict[str, Any]:
        """Plain types only, which JSON and a checkpoint may hold."""
        left_out = [list(place) for place in sorted(self.left_out)]
        return {"rate": self.rate, "left_out": left_out, "lost": list(self.lost)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Course":
        """Inverse of :meth:`to_dict`.

        Raises:
            Exception: The values are none that roll-backs come to.
        """
        rate, lost = float(values["rate"]), tuple(map(str, values["lost"]))
        if not 0 < rate <= 1:
            raise ValueError(f"the rate {rate} is not above 0 and at most 1")
        if len(lost) > MOST_ROLL_BACKS or any(len(why) > _LONGEST_REASON for why in lost):
            raise ValueError(f"there are more than {MOST_ROLL_BACKS} roll-backs, or longer reasons")
        left_out = frozenset(
            (count_from(epoch), count_from(batch)) for epoch, batch in values["left_out"]
        )
        return cls(rate=rate, left_out=left_out, lost=lost)

    def follows(self, earlier: "Course") -> bool:
        """Whether it is ``earlier``, or came from it by roll-backs."""
        if len(self.lost) == len(earlier.lost):
            return self == earlier
        return self.lost[: len(earlier.lost)] == earlier.lost and self.left_out >= earlier.left_out


def count_from(value: object) -> int:
    """A number of epochs or batches as JSON gives it.

    Raises:
        ValueError: It is none.
    """
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r:.40} is no number of epochs or batches")
    return value
