from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from effunet.errors import InputError
from effunet.models.unread import UnreadLayer
from effunet.models.weights.matching import WeightsReport, fill_by_name, fill_by_order


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stages_0 = nn.Conv2d(3, 4, 1)
        self.norm = nn.BatchNorm2d(4)


def _state(prefix: str = "") -> dict[str, Tensor]:
    return {
        f"{prefix}stages.0.weight": torch.full((4, 3, 1, 1), 7.0),
        f"{prefix}stages.0.bias": torch.full((4,), 8.0),
    }


@pytest.mark.parametrize("prefix", ["", "module.", "encoder.", "model.backbone."])
def test_wrappers_and_dots_do_not_hide_a_name(prefix: str) -> None:
    network = _Network()
    report = fill_by_name(network, _state(prefix), source="test")
    assert network.stages_0.weight.unique().tolist() == [7]
    assert (report.matched, report.total) == (2, 6)
    assert report.missing == (
        "norm.weight",
        "norm.bias",
        "norm.running_mean",
        "norm.running_var",
    )
    assert report.unexpected == ()


def test_what_has_no_place_is_named_but_for_a_classifier() -> None:
    state = _state() | {"extra.weight": torch.ones(1), "classifier.weight": torch.ones(1)}
    report = fill_by_name(_Network(), state, source="test")
    assert report.unexpected == ("extra.weight",)
    assert "start new: norm.weight" in report.describe()
    assert "not used: extra.weight" in report.describe()


@pytest.mark.parametrize("fill", [fill_by_name, fill_by_order])
def test_layers_that_were_left_out_are_not_missed(fill: Callable[..., WeightsReport]) -> None:
    state = nn.ModuleDict({"encoder": _Network()}).state_dict()
    network = _Network()
    network.norm = UnreadLayer(network.norm)  # type: ignore[assignment]
    report = fill(network, state | {"encoder.norm.extra": torch.ones(1)}, source="test")
    assert (report.matched, report.missing) == (2, ())
    assert report.unexpected == ("encoder.norm.extra",)


def test_half_precision_weights_become_the_networks_dtype() -> None:
    network = _Network()
    fill_by_name(network, {n: t.half() for n, t in _state().items()}, source="test")
    assert network.stages_0.weight.dtype == torch.float32


def test_another_shape_is_refused_before_anything_changes() -> None:
    network = _Network()
    before = network.state_dict()["stages_0.bias"].clone()
    state = _state() | {"stages.0.weight": torch.ones(4, 3, 3, 3)}
    with pytest.raises(InputError, match=r"another shape.*\n.*test\n.*stages_0.weight"):
        fill_by_name(network, state, source="test")
    assert torch.equal(network.state_dict()["stages_0.bias"], before)


@pytest.mark.parametrize("state", [{}, {"elsewhere.weight": torch.ones(1)}])
def test_weights_of_something_else_are_refused(state: dict[str, Tensor]) -> None:
    with pytest.raises(InputError, match="no tensor of the weights"):
        fill_by_name(_Network(), state, source="test")


def test_order_fills_where_names_differ() -> None:
    source, target = _Network(), _Network()
    state = {f"a{index}": tensor for index, tensor in enumerate(source.state_dict().values())}
    state["num_batches_tracked"] = state.pop("a6")  # counters are not counted
    state["_fc.weight"] = torch.ones(9)
    report = fill_by_order(target, state, source="test")
    assert (report.matched, report.missing, report.unexpected) == (6, (), ())
    assert torch.equal(target.stages_0.weight, source.stages_0.weight)


def test_too_few_tensors_for_an_order_are_refused() -> None:
    with pytest.raises(InputError, match="hold 2 tensors, the encoder has 6"):
        fill_by_order(_Network(), _state(), source="test")


def test_a_long_list_is_shortened_in_print() -> None:
    network = nn.Sequential(*(nn.Conv2d(1, 1, 1) for _ in range(9)))
    report = fill_by_name(network, {"0.weight": torch.ones(1, 1, 1, 1)}, source="test")
    assert len(report.missing) == 17
    assert "and 11 more" in report.describe()
