"""The published variants, and how a variant's name is read."""

import math
import re

from ..errors import InputError, suggestion
from .compound import Scaling, compound

# (width, depth, resolution, dropout): Tan & Le's reference implementation, efficientnet_builder.py
# and lite/efficientnet_lite_builder.py. They are not the formula at φ = n: B1 is deeper than B0 but
# not wider, and widths and depths were rounded.
_B = (
    (1.0, 1.0, 224, 0.2),
    (1.0, 1.1, 240, 0.2),
    (1.1, 1.2, 260, 0.3),
    (1.2, 1.4, 300, 0.3),
    (1.4, 1.8, 380, 0.4),
    (1.6, 2.2, 456, 0.4),
    (1.8, 2.6, 528, 0.5),
    (2.0, 3.1, 600, 0.5),
)
_LITE = (
    (1.0, 1.0, 224, 0.2),
    (1.0, 1.1, 240, 0.2),
    (1.1, 1.2, 260, 0.3),
    (1.2, 1.4, 280, 0.3),
    (1.4, 1.8, 300, 0.3),
)

VARIANTS: dict[str, Scaling] = {
    f"{family}{index}": Scaling(
        f"{family}{index}", depth, width, resolution, dropout, lite=family == "lite"
    )
    for family, rows in (("b", _B), ("lite", _LITE))
    for index, (width, depth, resolution, dropout) in enumerate(rows)
}
"""Name → published scaling."""

PHI_RANGE = (-4.0, 10.0)  # a tenth of B0's work … a thousand times


def scaling_for(variant: str) -> Scaling:
    """The scaling that ``variant`` names: a row of :data:`VARIANTS`, or the formula at ``phi=…``.

    Raises:
        InputError: It names neither.
    """
    if variant in VARIANTS:
        return VARIANTS[variant]
    if variant.startswith("phi="):
        return compound(_read_phi(variant))
    published = re.search("(b|lite)[0-9]$", variant.lower())  # efficientnet-b0
    raise InputError(
        f"there is no variant {variant!r}",
        where="model.variant",
        why="an encoder of another kind goes to --model.encoder",
        fix=suggestion(published[0] if published else variant.lower(), [*VARIANTS, "phi=1.5"]),
    )


def _read_phi(variant: str) -> float:
    low, high = PHI_RANGE
    try:
        phi = float(variant.removeprefix("phi="))
    except ValueError:
        phi = math.nan
    if not low <= phi <= high:  # also refuses nan
        raise InputError(
            f"{variant!r} is not a usable compound coefficient",
            where="model.variant",
            why=f"phi is a number from {low:g} to {high:g}",
            fix="for example phi=1.5",
        )
    return phi
