import pytest
import torch

from effunet.errors import InputError
from effunet.precision import FULL, Precision, choose_precision

CPU = torch.device("cpu")


def _pretend(monkeypatch: pytest.MonkeyPatch, **flags: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, **flags})


@pytest.mark.parametrize("unit", ["amx_bf16", "avx512_bf16"])
def test_a_processor_with_bfloat16_units_uses_them(
    monkeypatch: pytest.MonkeyPatch, unit: str
) -> None:
    _pretend(monkeypatch, **{unit: True})
    precision = choose_precision(CPU)
    assert (precision.name, precision.channels_last) == ("bf16", True)
    assert unit in precision.reason


def test_a_processor_without_them_stays_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(monkeypatch, amx_bf16=False, avx512_bf16=False)
    precision = choose_precision(CPU)
    assert (precision.name, precision.channels_last) == ("32", True)
    assert "neither amx_bf16 nor avx512_bf16" in precision.reason


def test_the_flags_asked_for_are_those_torch_tells() -> None:
    capabilities = torch.cpu.get_capabilities()
    if capabilities.get("architecture") == "x86_64":
        assert {"amx_bf16", "avx512_bf16"} <= capabilities.keys()


@pytest.mark.parametrize(
    ("capability", "name"), [((9, 0), "bf16"), ((8, 0), "bf16"), ((7, 5), "16")]
)
def test_a_gpu_before_ampere_uses_float16(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], name: str
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)  # by emulation, too
    assert choose_precision(torch.device("cuda")).name == name


def test_mps_stays_in_float32() -> None:
    assert choose_precision(torch.device("mps")) == Precision(
        "32", channels_last=False, reason="mps is used in float32"
    )


@pytest.mark.parametrize("requested", ["32", "bf16"])
def test_what_is_asked_for_is_taken(requested: str) -> None:
    precision = choose_precision(CPU, requested)
    assert (precision.name, precision.reason) == (requested, "asked for")


@pytest.mark.parametrize("requested", ["16", "fp8"])
def test_what_cannot_be_is_refused(requested: str) -> None:
    with pytest.raises(InputError, match="cannot be used on cpu"):
        choose_precision(CPU, requested)


def test_autocast_computes_in_the_dtype() -> None:
    image, weight = torch.randn(1, 3, 8, 8), torch.randn(4, 3, 3, 3)
    for precision in (FULL, choose_precision(CPU, "bf16")):
        with precision.autocast("cpu"):
            assert torch.conv2d(image, weight).dtype == precision.dtype
