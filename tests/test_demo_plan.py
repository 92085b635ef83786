import pytest

from effunet.demo_plan import Costs, Plan, choose_plan, describe_plan

LIMIT = 300
SPEEDS = [1000, 40, 20, 10, 5, 3, 2]
"""Pictures a second."""


def _costs(speed: float) -> Costs:
    return Costs(draw=0.06, train=1 / speed, score=0.3 / speed)


def _counted(costs: Costs, plan: Plan) -> float:
    """Seconds of the plan's pictures: 70 % to train on, 20 % to validate on and score."""
    epoch = plan.scenes * (0.7 * costs.train + 0.2 * costs.score)
    return plan.scenes * (costs.draw + 0.2 * costs.score) + plan.epochs * epoch


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_demo_ends_in_time_at_any_speed(speed: float) -> None:
    costs = _costs(speed)
    plan = choose_plan(costs, spent=20)
    assert _counted(costs, plan) < plan.seconds < 0.75 * LIMIT - 20


@pytest.mark.parametrize("speed", SPEEDS)
def test_it_uses_the_time_there_is(speed: float) -> None:
    plan = choose_plan(_costs(speed), spent=20)
    assert plan.seconds > 150 or (plan.scenes, plan.epochs) == (240, 14)
    assert plan.epochs >= 5
    assert plan.scenes >= 40


def test_a_faster_machine_does_no_less() -> None:
    plans = [choose_plan(_costs(speed), spent=20) for speed in SPEEDS]
    work = [plan.scenes * plan.epochs for plan in plans]
    assert work == sorted(work, reverse=True)


def test_an_epoch_is_over_before_a_log_would_get_a_line_inside_it() -> None:
    for speed in SPEEDS:
        costs, plan = _costs(speed), choose_plan(_costs(speed), spent=20)
        assert plan.scenes * (0.7 * costs.train + 0.2 * costs.score) < 30


def test_a_machine_too_slow_for_anything_does_the_least() -> None:
    plan = choose_plan(_costs(0.01), spent=200)
    assert (plan.scenes, plan.epochs) == (30, 5)


def test_what_is_asked_for_is_kept() -> None:
    assert choose_plan(_costs(5), spent=20, scenes=120).scenes == 120
    assert choose_plan(_costs(5), spent=20, epochs=3).epochs == 3
    assert choose_plan(_costs(0.01), spent=20, scenes=500).scenes == 500


def test_a_slow_machine_uses_its_time_too() -> None:
    plan = choose_plan(_costs(0.8), spent=20)
    assert (plan.scenes, plan.epochs) == (30, 6)


@pytest.mark.parametrize(
    ("speed", "why"), [(1000, "the most"), (5, "to end within 5 min"), (0.01, "the least")]
)
def test_the_choice_is_one_line_with_its_reason(speed: float, why: str) -> None:
    costs = _costs(speed)
    said = describe_plan(choose_plan(costs, spent=20), costs)
    assert "\n" not in said
    assert why in said
    assert f"{speed:.1f} img/s" in said
