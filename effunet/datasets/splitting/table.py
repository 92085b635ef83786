"""What new splits hold, as lines to print."""

import numpy as np
from numpy.typing import NDArray

from .plan import Part, Plan

_CLASS = 18  # columns for a class's name
_NUMBER = 9
_NAMED = 3  # drives


def plan_lines(plan: Plan) -> list[str]:
    """Pictures, drives and class shares of each split beside the whole, and what is missing."""
    parts = plan.parts
    whole = Part(
        "whole",
        tuple(pair for part in parts for pair in part.pairs),
        np.concatenate([part.pixels for part in parts]),
    )
    shown = [*parts, whole]
    names = ", ".join(sorted(whole.drives)[:_NAMED]) + (
        ", ..." if len(whole.drives) > _NAMED else ""
    )
    shares = np.stack([_shares(part) for part in shown])
    off = np.abs(shares - shares[-1])
    space = plan.dataset.label_space
    return [
        f"drives   {len(whole.drives)} {plan.told}: {names}",
        "",
        _row("", [part.name for part in shown]),
        _row("pictures", [str(len(part.pairs)) for part in shown]),
        _row("of all", [f"{len(part.pairs) / len(whole.pairs):.1%}" for part in shown]),
        _row("drives", [str(len(part.drives)) for part in shown]),
        *(
            _row(name, [f"{share:.2%}" for share in of_class])
            for name, of_class in zip(space.names, shares.T, strict=True)
        ),
        _row("farthest off", [f"{100 * far:.2f}" for far in off.max(axis=1)[:-1]] + ["points"]),
        _row(
            "at the class", [space.names[place][: _NUMBER - 1] for place in off.argmax(axis=1)[:-1]]
        ),
        "",
        *(f"note     {note}" for note in (*_absent(plan), *plan.notes)),
    ]


def _shares(part: Part) -> NDArray[np.float64]:
    pixels = part.pixels[:, :-1].sum(axis=0)
    shares: NDArray[np.float64] = pixels / max(1, pixels.sum())
    return shares


def _row(head: str, cells: list[str]) -> str:
    cut = head if len(head) < _CLASS else f"{head[: _CLASS - 2]}~"
    return (f"{cut:<{_CLASS}}" + "".join(f"{cell:>{_NUMBER}}" for cell in cells)).rstrip()


def _absent(plan: Plan) -> list[str]:
    """A note on each class that a split lacks, and whether that can be helped."""
    notes = []
    for train_id, name in enumerate(plan.dataset.label_space.names):
        holding = {
            str(pair.sequence)
            for part in plan.parts
            for pair, pixels in zip(part.pairs, part.pixels, strict=True)
            if pixels[train_id]
        }
        without = [part.name for part in plan.parts if not part.pixels[:, train_id].any()]
        if not holding or not without:
            continue
        drives = f"{len(holding)} drive{'s' * (len(holding) != 1)}"
        why = (
            f"it is in {drives} only, too few for all splits"
            if len(holding) < len(plan.parts)
            else f"{drives} have it, and their sizes fit the fractions badly: try others"
        )
        notes.append(f"{name} is not in {' and '.join(without)}: {why}")
    return notes
