"""Each step to speed proves itself or is left out, and then that is said."""

import logging
import warnings
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from effunet.config import ModelConfig
from effunet.labels import LABEL_SPACES
from effunet.models import Segmenter, build_model, for_inference
from effunet.models.speed import FastCopy
from effunet.models.speed import fast as fast_module
from effunet.models.speed.packing import PackedConv2d, can_pack
from effunet.models.surgery import convolutions_before
from effunet.precision import Precision

LAST = Precision("32", channels_last=True, reason="test")
HALF = Precision("bf16", channels_last=True, reason="test")
X86 = pytest.mark.skipif(not can_pack(torch.device("cpu")), reason="for x86 processors only")


@pytest.fixture(autouse=True)
def _nothing_said_before() -> None:
    fast_module._SAID.clear()


@pytest.fixture
def segmenter() -> Segmenter:
    torch.manual_seed(0)
    built, _ = build_model(
        ModelConfig(variant="phi=-3", weights="none", decoder_channels=(16, 8, 8, 8, 8)),
        label_space=LABEL_SPACES["idd_lite"],
        input_scale=1,
    )
    for _ in range(3):  # moves the batch norms' statistics
        built.forward_train(torch.randint(0, 256, (2, 3, 64, 64)))
    return built.eval().use_precision(LAST)


def _norms(copy: FastCopy) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in copy.segmenter.modules())


def _packed(copy: FastCopy) -> int:
    return sum(isinstance(module, PackedConv2d) for module in copy.segmenter.modules())


def _logits(segmenter: Segmenter) -> Tensor:
    picture = torch.randint(
        0, 256, (1, 3, 50, 70), generator=torch.Generator().manual_seed(3), dtype=torch.uint8
    )
    with torch.inference_mode():
        logits: Tensor = segmenter(picture)
    return logits


def _change(
    monkeypatch: pytest.MonkeyPatch, step: str, change: Callable[[nn.Module], None]
) -> None:
    changed = fast_module._Step(change, fast_module._STEPS[step].suits)
    monkeypatch.setitem(fast_module._STEPS, step, changed)


@X86
@pytest.mark.parametrize("precision", [LAST, HALF])
def test_all_steps_prove_themselves_and_nothing_is_said(
    segmenter: Segmenter, precision: Precision, caplog: pytest.LogCaptureFixture
) -> None:
    copy = for_inference(segmenter.use_precision(precision))
    assert copy.steps == ("folding", "packing")
    assert (_norms(copy), bool(_packed(copy))) == (0, True)
    assert copy.segmenter.precision == precision
    copy.say()
    assert not caplog.records


@pytest.mark.parametrize("step", ["folding", "packing"])
@X86
def test_a_step_that_changes_the_logits_is_left_out(
    segmenter: Segmenter, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = fast_module._STEPS[step].change

    def spoil(network: nn.Module) -> None:
        good(network)
        head = network.get_submodule("segmentation_head.0")
        assert isinstance(head.weight, Tensor)
        head.weight.data *= 1.01

    _change(monkeypatch, step, spoil)
    copy = for_inference(segmenter)
    assert step not in copy.steps
    assert "apart from the plain layers'" in copy.faults[step]
    assert copy.lasting
    assert bool(_norms(copy)) == (step == "folding")
    assert bool(_packed(copy)) == (step == "folding")  # it is dropped alone
    torch.testing.assert_close(_logits(copy.segmenter), _logits(segmenter), rtol=1e-4, atol=1e-4)


class _Scripted(nn.Module):
    """What its convolution makes is also read where nobody sees it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        nn.init.constant_(self.norm.weight, 0.5)

    def forward(self, image: Tensor) -> Tensor:
        made = self.conv(image)
        normed: Tensor = self.norm(made)
        doubled: Tensor = _doubled(made)
        return normed + doubled


def _double(made: Tensor) -> Tensor:
    return made * 2


with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # newer torches advise against it
    _doubled = torch.jit.script(_double)


def test_folding_that_a_compiled_reader_would_spoil_is_left_out() -> None:
    network = _Scripted().eval()
    segmenter = Segmenter(network, mean=(0.5,) * 3, std=(0.5,) * 3, precision=LAST)
    found = convolutions_before(network, lambda module: module is network.norm)
    assert found == {network.norm: network.conv}
    copy = for_inference(segmenter)
    assert "apart from the plain layers'" in copy.faults["folding"]
    assert _norms(copy) == 1


@X86
@pytest.mark.parametrize(
    "gone",
    [
        "_is_mkldnn_bf16_supported",
        "_reorder_convolution_weight",
        "_convolution_pointwise",
    ],
)
def test_a_torch_without_the_private_operations_costs_speed_alone(
    segmenter: Segmenter, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("_is_mkldnn_bf16_supported", "_reorder_convolution_weight", "_convolution_pointwise")
    there = {name: getattr(torch.ops.mkldnn, name) for name in names if name != gone}
    monkeypatch.setattr(torch.ops, "mkldnn", SimpleNamespace(**there))
    copy = for_inference(segmenter.use_precision(HALF))
    assert copy.steps == ("folding",)
    assert gone in copy.faults["packing"]
    assert _logits(copy.segmenter).isfinite().all()


@X86
def test_operations_that_fail_in_half_precision_alone_are_left_out(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = PackedConv2d.forward

    def refuse(self: PackedConv2d, image: Tensor) -> Tensor:
        if self.weight.dtype == torch.bfloat16:
            raise RuntimeError("no such kernel")
        return forward(self, image)

    monkeypatch.setattr(PackedConv2d, "forward", refuse)
    assert for_inference(segmenter.use_precision(HALF)).faults == {
        "packing": "RuntimeError: no such kernel"
    }
    assert for_inference(segmenter.use_precision(LAST)).steps == ("folding", "packing")


@pytest.mark.parametrize(
    ("weight", "bias", "why"),
    [
        (0.0, 0.0, "the same at every pixel"),
        (0.0, 1.0, "the same at every pixel"),
        (float("nan"), 0.0, "not finite"),
    ],
)
def test_logits_that_show_nothing_prove_nothing(
    segmenter: Segmenter, weight: float, bias: float, why: str
) -> None:
    head = segmenter.network.get_submodule("segmentation_head.0")
    nn.init.constant_(head.weight, weight)  # type: ignore[arg-type]
    nn.init.constant_(head.bias, bias)  # type: ignore[arg-type]
    copy = for_inference(segmenter)
    assert copy.steps == ()
    assert all(why in fault for fault in copy.faults.values())
    assert (_norms(copy) > 0, _packed(copy)) == (True, 0)
    assert not copy.lasting


def test_steps_proven_before_are_taken_without_proof(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_module, "probe", lambda network: pytest.fail("a proof"))
    copy = for_inference(segmenter, steps=("folding",))
    assert (copy.steps, copy.faults, copy.lasting) == (("folding",), {}, True)
    assert (_norms(copy), _packed(copy)) == (0, 0)
    assert _norms(for_inference(segmenter, steps=())) > 0


def test_what_is_left_out_is_said_once_with_the_networks_name_whatever_the_reasons_numbers(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    times = count(1)

    def fail(network: nn.Module) -> None:
        raise AttributeError(f"gone {next(times)}")

    _change(monkeypatch, "folding", fail)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            for_inference(segmenter).say()
    assert caplog.messages == [
        "phi=-3 under unet computes without folding, right but slower: AttributeError: gone 1"
    ]


def test_the_proof_draws_nothing_from_the_runs_randomness(segmenter: Segmenter) -> None:
    before = torch.get_rng_state()
    for_inference(segmenter)
    assert torch.equal(torch.get_rng_state(), before)
