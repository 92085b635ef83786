"""Any smp or timm encoder by name, for comparisons with the variants."""

import warnings

import timm
from segmentation_models_pytorch.encoders import encoders as smp_encoders
from segmentation_models_pytorch.encoders import get_encoder
from torch import nn

from ..errors import InputError, nearest
from .convolution import adapt_convolutions

_TIMM_PREFIX, _DEPRECATED_PREFIX = "tu-", "timm-"


def build_foreign_encoder(name: str, *, depth: int, output_stride: int) -> nn.Module:
    """The encoder called ``name`` with random weights; ``out_channels`` are its features'.

    Raises:
        InputError: There is none, or it cannot give the features asked for.
    """
    _check_name(name)
    try:
        with warnings.catch_warnings():
            # smp and timm warn that some of the names they list are deprecated
            warnings.simplefilter("ignore")
            encoder: nn.Module = get_encoder(
                name, weights=None, depth=depth, output_stride=output_stride
            )
    except Exception as error:  # smp and timm raise whatever their constructors run into
        raise InputError(
            f"the encoder {name!r} cannot give features for this decoder",
            where="model.encoder",
            why=(str(error).strip().splitlines() or [type(error).__name__])[0],
            fix="choose another encoder or decoder",
        ) from error
    adapt_convolutions(encoder)
    return encoder


def _check_name(name: str) -> None:
    if name in smp_encoders:
        return
    of_timm = name.startswith((_TIMM_PREFIX, _DEPRECATED_PREFIX))
    base = name.removeprefix(_TIMM_PREFIX).removeprefix(_DEPRECATED_PREFIX).split(".")[0]
    known = timm.list_models() if of_timm else list(smp_encoders)
    if name.startswith(_TIMM_PREFIX) and base in known:
        return
    raise InputError(
        f"there is no encoder {name!r}",
        where="model.encoder",
        why="encoders are smp's names, or tu- and a timm model",
        fix=f"did you mean {_near_encoder(base, of_timm=of_timm)}?",
    )


def _near_encoder(base: str, *, of_timm: bool) -> str:
    models = timm.list_models()
    if base in models:
        return f"{_TIMM_PREFIX}{base}"
    near = None if of_timm else nearest(base, smp_encoders)
    near_model = None if near else nearest(base, models)
    return f"{_TIMM_PREFIX}{near_model}" if near_model else near or "resnet50"
