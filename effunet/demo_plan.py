"""How many scenes the demo draws and how often it sees them, so that no machine takes long."""

from dataclasses import dataclass

VAL_SHARE, TEST_SHARE = 0.2, 0.1
"""Of the scenes."""

_MINUTES = 5
"""That the demo may take."""
_PLANNED = 215.0
"""Seconds it is planned to take: the rest is for Python's start and a machine that grows slower."""
_AT_ENDS = 12.0
"""Seconds that building the network, drawing the run's pages and the like take."""
_LONGEST_EPOCH = 25.0
"""Seconds, so that a log has a line an epoch and no more."""
_SCENES = range(240, 20, -10)
_MOST_EPOCHS, _FEWEST_EPOCHS = 14, 5
"""Fewer teach too little; a run that is as slow as was measured is ended in time all the same."""


@dataclass(frozen=True)
class Costs:
    """Seconds of this machine a scene."""

    draw: float
    train: float
    """And epoch."""
    score: float
    """Validated, scored or segmented."""


@dataclass(frozen=True)
class Plan:
    """What the demo does."""

    scenes: int
    epochs: int
    seconds: float
    """That it will take from here on."""


def choose_plan(
    costs: Costs, *, spent: float, scenes: int | None = None, epochs: int | None = None
) -> Plan:
    """The most that ends in time, or of a machine too slow for anything the least there is.

    Args:
        costs: Measured.
        spent: Seconds that are over.
        scenes: As many as asked for; chosen if left out.
        epochs: Likewise.
    """
    plans = [
        Plan(count, rounds, _seconds(costs, count, rounds))
        for count in ([scenes] if scenes else _SCENES)
        for rounds in ([epochs] if epochs else _epochs_for(min(count, _SCENES[0])))
    ]
    fitting = (
        plan
        for plan in plans
        if spent + plan.seconds <= _PLANNED
        and (_epoch(costs, plan.scenes) <= _LONGEST_EPOCH or plan.scenes == plans[-1].scenes)
    )
    return next(fitting, plans[-1])


def _epochs_for(scenes: int) -> range:
    """From the most down to those that go with so many scenes: both shrink alike."""
    fewest = round(scenes * _MOST_EPOCHS / _SCENES[0]) - 2
    return range(_MOST_EPOCHS, max(_FEWEST_EPOCHS, fewest) - 1, -1)


def _epoch(costs: Costs, scenes: int) -> float:
    train_share = 1 - VAL_SHARE - TEST_SHARE
    return scenes * (train_share * costs.train + VAL_SHARE * costs.score)


def _seconds(costs: Costs, scenes: int, epochs: int) -> float:
    after = scenes * (VAL_SHARE + 2 * TEST_SHARE) * costs.score  # overlays take as long as masks
    return _AT_ENDS + scenes * costs.draw + epochs * _epoch(costs, scenes) + after


def describe_plan(plan: Plan, costs: Costs) -> str:
    """What was chosen and why, in one line."""
    if plan.seconds > _PLANNED:
        why = "the least it can do"
    elif plan.scenes >= _SCENES[0] and plan.epochs >= _MOST_EPOCHS:
        why = "the most it does"
    else:
        why = f"to end within {_MINUTES} min"
    speed = f"this machine trains on {1 / costs.train:.1f} img/s"
    return f"plan     {plan.scenes} scenes, {plan.epochs} epochs, {why}: {speed}"
