import math
from dataclasses import fields, is_dataclass, replace
from typing import get_type_hints

import pytest

from effunet.config import TrainConfig, check_ranges
from effunet.errors import InputError
from effunet.ranges import Range, ranges_of

SECTIONS = [TrainConfig, *(type(v) for v in vars(TrainConfig()).values() if is_dataclass(v))]
NUMBERS = (int, float, int | None, float | None)
WITHOUT = {"output_reduction"}  # decoders know which they can


@pytest.mark.parametrize("section", SECTIONS)
def test_every_number_has_a_range_that_its_default_keeps(section: type) -> None:
    kinds = get_type_hints(section)
    numbers = {f.name for f in fields(section) if kinds[f.name] in NUMBERS}
    assert ranges_of(section).keys() == numbers - WITHOUT
    for name, bounds in ranges_of(section).items():
        bounds.check(name, section.__dataclass_fields__[name].default)  # type: ignore[attr-defined]
        bounds.check(name, float(bounds.example))


def test_both_ends_are_inside() -> None:
    bounds = Range(0, 1, "0.5")
    for inside in (0, 1, None):
        bounds.check("data.flip", inside)
    for outside in (-1e-9, 1 + 1e-9, math.nan, math.inf):
        with pytest.raises(InputError, match=r"data\.flip cannot be"):
            bounds.check("data.flip", outside)


def test_a_number_of_a_section_is_named_with_it() -> None:
    config = TrainConfig()
    with pytest.raises(InputError, match=r"optim\.lr cannot be -1"):
        check_ranges(replace(config, optim=replace(config.optim, lr=-1)))
