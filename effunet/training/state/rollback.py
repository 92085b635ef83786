"""What a run that lost its course does otherwise than its configuration says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Course:
    """How a run goes on since its roll-backs; as it is where there was none."""

    rate: float = 1.0
    """Factor on the learning rates."""
    left_out: frozenset[tuple[int, int]] = frozenset()
    """Epoch and batch, zero-based, of what is not trained on."""
