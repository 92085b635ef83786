"""What a checkpoint says of itself, checked field by field: anyone may have written the file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ..config import DataConfig, TrainConfig
from ..labels import LabelMap, LabelSpace, ids_from_dict
from ..ranges import Range, ranges_of

_LONGEST = 1 << 20
"""Characters of the whole description; an ordinary one has a few thousand."""
_MEAN = Range(0, 1, "0.5")
_STD = Range(1e-3, 10, "0.25")
_METRIC = Range(-1e30, 1e30, "0.5")


@dataclass(frozen=True)
class Header:
    """The fields that the program works with."""

    label_space: LabelSpace
    label_map: LabelMap
    config: dict[str, Any]
    """Its sections are mappings, and what they say of data and batch size has the right type."""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    input_scale: float
    metrics: dict[str, float | None]


def header_from_json(text: str) -> dict[str, Any]:
    """The description as plain types, its version checked for type alone.

    Raises:
        ValueError: It is not JSON, not a mapping, too long, or has no version.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"its header is longer than {_LONGEST >> 20} MiB")
    try:
        header = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("its header is nested too deeply") from None
    described = _mapping(header, "its header")
    version = described.get("format_version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError("its header names no format version")
    return described


def check_header(header: Mapping[str, Any]) -> Header:
    """The fields of a header of a version that is known.

    Raises:
        KeyError: A field is missing.
        ValueError: A field has another type than ours, or is outside its limits.
    """
    space = LabelSpace.from_dict(_mapping(header["label_space"], "label_space"))
    label_map = _label_map(header)
    train_ids = {*label_map.ids.values(), *label_map.colours.values()}
    if not train_ids <= {*range(space.num_classes), space.ignore_index}:
        raise ValueError(f"its label map names a class beyond the {space.num_classes} there are")
    _check_description(header)
    return Header(
        label_space=space,
        label_map=label_map,
        config=_config(header["config"]),
        mean=_per_channel(header["mean"], "mean", _MEAN),
        std=_per_channel(header["std"], "std", _STD),
        input_scale=_input_scale(header["input_scale"]),
        metrics=_metrics(header["metrics"]),
    )


def _label_map(header: Mapping[str, Any]) -> LabelMap:
    if header["format_version"] >= 2:  # 1 kept the ids of the label map inside the label space
        return LabelMap.from_dict(_mapping(header["label_map"], "label_map"))
    return LabelMap(ids_from_dict(header["label_space"]["label_map"]))


def _check_description(header: Mapping[str, Any]) -> None:
    """What is only shown: of which versions, and from which weights."""
    versions = _mapping(header.get("versions", {}), "versions")
    if not all(version is None or isinstance(version, str) for version in versions.values()):
        raise ValueError("versions are not text")
    if not isinstance(header.get("weights", ""), str):
        raise ValueError("weights is not text")


def _config(value: object) -> dict[str, Any]:
    config = _mapping(value, "config")
    for section in ("data", "model"):
        _mapping(config.get(section, {}), f"config.{section}")
    if not isinstance(config.get("data", {}).get("name"), str | None):
        raise ValueError("config.data.name is not text")
    batch_size = config.get("batch_size", 1)
    if not (isinstance(batch_size, int) and ranges_of(TrainConfig)["batch_size"].holds(batch_size)):
        raise ValueError("config.batch_size is not a whole number, at least 1")
    return config


def _per_channel(value: object, name: str, bounds: Range) -> tuple[float, ...]:
    if not (isinstance(value, list) and len(value) == 3 and all(map(bounds.holds, value))):
        raise ValueError(f"{name} is not three numbers, {bounds.least:g} to {bounds.most:g}")
    return tuple(map(float, value))


def _input_scale(value: object) -> float:
    bounds = ranges_of(DataConfig)["input_scale"]
    if not (isinstance(value, int | float) and bounds.holds(value)):
        raise ValueError(f"input_scale is not a number, {bounds.least:g} to {bounds.most:g}")
    return float(value)


def _metrics(value: object) -> dict[str, float | None]:
    metrics = _mapping(value, "metrics")
    if not all(number is None or _METRIC.holds(number) for number in metrics.values()):
        raise ValueError("metrics are not numbers")
    return metrics


def _mapping(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not a mapping")
    return value


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"its header holds {constant}, which is not JSON")
