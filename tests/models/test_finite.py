from pathlib import Path

import pytest
import torch

from effunet.errors import InputError
from effunet.models.finite import check_finite, first_not_finite


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_one_number_that_is_not_finite_is_found_at_any_depth(value: float) -> None:
    whole = {"state": {0: {"exp_avg": torch.zeros(3)}}, "lr": 0.1, "param_groups": [{"eps": 1e-8}]}
    assert first_not_finite(whole) is None
    whole["state"] = {0: {"exp_avg": torch.tensor([0.0, value])}}
    assert first_not_finite(whole) == "state.0.exp_avg"
    assert first_not_finite([whole]) == "0.state.0.exp_avg"


def test_whole_numbers_are_always_finite() -> None:
    assert first_not_finite({"steps": torch.tensor(3), "on": torch.tensor(True)}) is None


def test_the_message_names_file_and_tensor() -> None:
    state = {"conv.weight": torch.tensor([float("nan")])}
    with pytest.raises(InputError, match=r"(?s)a file holds.*a\.pth.*conv\.weight"):
        check_finite(state, what="a file", where=Path("a.pth"), fix="get others")
