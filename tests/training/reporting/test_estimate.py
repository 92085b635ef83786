import torch

from effunet.datasets import Batch
from effunet.training.reporting.estimate import _median_seconds


def _batches(count: int) -> list[Batch]:
    image, mask = torch.zeros(1, 3, 2, 2), torch.zeros(1, 2, 2)
    return [{"image": image, "mask": mask, "path": ["x"]} for _ in range(count)]


def _measure(seconds: list[float]) -> tuple[float, int]:
    """The estimate and the steps it took, where step n takes ``seconds[n]``."""
    now, steps = 0.0, 0

    def step(_: Batch) -> None:
        nonlocal now, steps
        now += seconds[steps]
        steps += 1

    device = torch.device("cpu")
    median = _median_seconds(_batches(len(seconds)), step, device, clock=lambda: now)
    return median, steps


def test_warm_up_does_not_count() -> None:
    assert _measure([9.0, 2.0, 2.0, 2.0, 0.5, 0.5, 0.5, 0.5, 0.5]) == (0.5, 8)


def test_a_slow_machine_answers_from_few_steps() -> None:
    median, steps = _measure([60.0] + [50.0] * 99)
    assert steps == 1
    assert 50 <= median <= 60
    median, steps = _measure([15.0] + [9.0] * 99)
    assert steps == 2
    assert abs(median - 9) < 1e-9


def test_one_batch_is_enough() -> None:
    assert _measure([2.0]) == (2.0, 1)
