"""How the tensors of a weights file find their places in a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...errors import InputError
from ..unread import names_of_dropped

State = Mapping[str, Tensor]

_SHOWN = 6
_LONGEST = 200  # characters shown of a name; that of a crafted file may fill pages
_WRAPPERS = ("module.", "network.", "encoder.", "backbone.", "model.")
# What a classifier has and an encoder does not.
_CLASSIFIER = ("conv_head.", "bn2.", "classifier.", "fc.", "head.", "_conv_head.", "_bn1.", "_fc.")
_COUNTER = "num_batches_tracked"  # batch norm's; missing in old files and without effect here


@dataclass(frozen=True)
class WeightsReport:
    """What of a network was filled, and from where."""

    matched: int
    """Tensors of the network that were filled."""
    total: int
    """Tensors the network has."""
    missing: tuple[str, ...]
    """Tensors of the network that kept their random start."""
    unexpected: tuple[str, ...]
    """Tensors of the file that the network has no place for, without a classification head and
    the layers that no logit depends on."""
    source: str
    """Where they came from, in words to print."""
    notes: tuple[str, ...] = ()
    """What the user should hear besides."""

    def describe(self) -> str:
        """Lines to print."""
        lines = [f"weights  {self.matched} of {self.total} tensors from {self.source}"]
        lines += [f"         start new: {_shortened(self.missing)}"] if self.missing else []
        lines += [f"         not used: {_shortened(self.unexpected)}"] if self.unexpected else []
        return "\n".join([*lines, *(f"         {note}" for note in self.notes)])


def _shortened(names: tuple[str, ...]) -> str:
    names = tuple(name[:_LONGEST] for name in names)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def fill_by_name(module: nn.Module, state: State, *, source: str) -> WeightsReport:
    """Copy each tensor of ``state`` to the tensor of ``module`` with its name.

    Names are compared without wrappers (``module.``, ``encoder.``, …) and with dots as
    underscores: timm's feature extractors call ``stages.0`` ``stages_0``.

    Raises:
        InputError: A tensor has another shape, or none has a known name.
    """
    places = {_canonical(name): name for name in _tensors(module)}
    given = {_canonical(name): (name, tensor) for name, tensor in _without_counters(state).items()}
    pairs = {places[key]: given[key][1] for key in places.keys() & given.keys()}
    if not pairs:
        raise InputError(
            "no tensor of the weights has a name that the network knows",
            where=source,
            why=f"it holds {_shortened(tuple(state)) or 'nothing'}",
            fix="give weights of this encoder, in timm's names for a variant",
        )
    left_over = [name for key, (name, _) in given.items() if key not in places]
    return _copy(module, pairs, left_over, source)


def fill_by_order(module: nn.Module, state: State, *, source: str) -> WeightsReport:
    """Copy the tensors of ``state`` one after the other, for files with other names.

    Raises:
        InputError: A tensor has another shape, or there are too few.
    """
    places, tensors = list(_tensors(module)), list(_without_counters(state).items())
    if len(tensors) < len(places):
        raise InputError(
            f"the weights hold {len(tensors)} tensors, the encoder has {len(places)}",
            where=source,
            fix="give weights of this variant",
        )
    pairs = {place: tensor for place, (_, tensor) in zip(places, tensors, strict=False)}
    return _copy(module, pairs, [name for name, _ in tensors[len(places) :]], source)


def _copy(
    module: nn.Module, pairs: Mapping[str, Tensor], left_over: Sequence[str], source: str
) -> WeightsReport:
    places = _tensors(module)
    wrong = [
        f"{name}: {tuple(tensor.shape)} for {tuple(places[name].shape)}"
        if tensor.shape != places[name].shape
        else f"{name}: {tensor.dtype} for {places[name].dtype}"
        for name, tensor in pairs.items()
        if tensor.shape != places[name].shape
        or tensor.is_floating_point() != places[name].is_floating_point()
    ]
    if wrong:
        raise InputError(
            f"{len(wrong)} tensors of the weights have another shape or type than the network's",
            where=source,
            why=_shortened(tuple(wrong)),
            fix="give weights of this variant or encoder, or set model.variant to theirs",
        )
    with torch.no_grad():
        for name, tensor in pairs.items():
            places[name].copy_(tensor)
    missing = tuple(name for name in places if name not in pairs)
    dropped = {_canonical(name) for name in names_of_dropped(module)}
    unexpected = tuple(
        name
        for name in left_over
        if _canonical(name) not in dropped and not _stripped(name).startswith(_CLASSIFIER)
    )
    return WeightsReport(len(pairs), len(places), missing, unexpected, source)


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    return _without_counters(module.state_dict())


def _without_counters(state: State) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in state.items() if not name.endswith(_COUNTER)}


def _canonical(name: str) -> str:
    return _stripped(name).replace(".", "_")


def _stripped(name: str) -> str:
    while name.startswith(_WRAPPERS):
        name = name.split(".", 1)[1]
    return name
