"""Saving a segmenter so that the file describes itself, and getting it back."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from ..config import ModelConfig
from ..errors import InputError
from ..files import expand_home, file_sha256
from ..labels import LabelMap, LabelSpace
from ..precision import choose_device, choose_precision
from ..versions import installed_versions
from .backend import Backend, TorchBackend
from .build import build_model, find_misfit
from .checkpoint_file import CheckpointFile, read_checkpoint, write_checkpoint
from .segmenter import Segmenter
from .speed import for_inference


@dataclass(frozen=True)
class LoadedModel:
    """A segmenter and what its checkpoint says about it."""

    segmenter: Segmenter
    """Plain from :func:`read_model`; from :func:`load_model` for inference only, see
    :func:`for_inference`."""
    label_space: LabelSpace
    label_map: LabelMap
    """How the label files it learnt from said the classes."""
    config: dict[str, Any]
    """The training configuration, plain types."""
    metrics: dict[str, float | None]
    """At the epoch that was kept; NaN is None."""
    path: Path
    sha256: str
    header: dict[str, Any]
    """All of the file's description: versions and weights too."""

    @property
    def data_name(self) -> str | None:
        """Data set it was trained on."""
        name: str | None = self.config.get("data", {}).get("name")
        return name

    @property
    def backend(self) -> Backend:
        """What computes its logits."""
        return TorchBackend(self.segmenter)


def save_model(
    path: Path,
    segmenter: Segmenter,
    *,
    config: Mapping[str, Any],
    label_space: LabelSpace,
    label_map: LabelMap,
    metrics: Mapping[str, float],
    weights: str,
) -> None:
    """Write ``segmenter`` to ``path``, whole or not at all.

    Args:
        path: Usually ``best.safetensors`` of a run.
        segmenter: Its network is saved in float32 as it stands.
        config: The training configuration as plain types; ``model`` rebuilds the architecture.
        label_space: Classes of the logits.
        label_map: How the label files said them.
        metrics: To show; NaN becomes null.
        weights: What training started from, in words.

    Raises:
        InputError: The folder cannot be written.
    """
    write_checkpoint(
        path,
        segmenter.network.state_dict(),
        {
            "config": config,
            "label_space": label_space.to_dict(),
            "label_map": label_map.to_dict(),
            "mean": segmenter.mean.flatten().tolist(),
            "std": segmenter.std.flatten().tolist(),
            "input_scale": segmenter.input_scale,
            "metrics": metrics,
            "weights": weights,
            "versions": installed_versions(),
        },
    )


def load_model(
    path: str | os.PathLike[str], *, device: str = "cpu", precision: str = "auto"
) -> LoadedModel:
    """Read a checkpoint and rebuild its segmenter, to infer as fast as it proves it can.

    Args:
        path: The folder of a run, or its ``best.safetensors``.
        device: auto, cpu, cuda or mps.
        precision: As :func:`choose_precision` takes it; ``32`` for exact arithmetic.

    Raises:
        InputError: It is not a checkpoint, damaged, or newer than this program.
    """
    model = read_model(path)
    target = choose_device(device)
    chosen = choose_precision(target, precision)
    fast = for_inference(model.segmenter.to(target).use_precision(chosen))
    fast.say()
    return replace(model, segmenter=fast.segmenter)


def read_model(path: str | os.PathLike[str]) -> LoadedModel:
    """Read a checkpoint and rebuild its segmenter as it was trained, for more than inference.

    It is in eval mode, on the processor and in float32.

    Args:
        path: The folder of a run, or its ``best.safetensors``.

    Raises:
        InputError: It is not a checkpoint, damaged, or newer than this program.
    """
    checkpoint = read_checkpoint(expand_home(path))
    config = _model_config(checkpoint.config.get("model"), checkpoint.path)
    misfit = find_misfit(config, label_space=checkpoint.label_space, state=checkpoint.state)
    if misfit is not None:
        raise _other_network(checkpoint, misfit)
    segmenter, _ = build_model(
        config,
        label_space=checkpoint.label_space,
        input_scale=checkpoint.input_scale,
        load=False,
    )
    try:
        segmenter.network.load_state_dict(checkpoint.state)
    except RuntimeError as error:
        raise _other_network(checkpoint, str(error).splitlines()[-1].strip()) from error
    segmenter.set_normalisation(checkpoint.mean, checkpoint.std)
    return LoadedModel(
        segmenter=segmenter.eval(),
        label_space=checkpoint.label_space,
        label_map=checkpoint.label_map,
        config=checkpoint.config,
        metrics=checkpoint.metrics,
        path=checkpoint.path,
        sha256=file_sha256(checkpoint.path),
        header=checkpoint.header,
    )


def _other_network(checkpoint: CheckpointFile, why: str) -> InputError:
    return InputError(
        "the checkpoint's tensors are not those of the network it describes",
        where=checkpoint.path,
        why=why,
        fix=f"use the versions it was written with: {checkpoint.header.get('versions')}"[:1000],
    )


def _model_config(section: object, path: Path) -> ModelConfig:
    kinds = get_type_hints(ModelConfig)
    if not isinstance(section, dict) or not kinds.keys() >= section.keys():
        raise InputError(
            "the checkpoint describes its network in words this program does not know",
            where=path,
            why=f"its model section is {section}"[:1000],
            fix="pip install --upgrade effunet-road",
        )
    values: dict[str, Any] = {
        key: tuple(value) if key == _CHANNELS and isinstance(value, list) else value
        for key, value in section.items()
    }
    wrong = [key for key, value in values.items() if not _is_of(value, kinds[key])]
    if wrong:
        raise InputError(
            f"the checkpoint describes its network by a {wrong[0]} that makes no sense",
            where=path,
            why=f"it is {section[wrong[0]]!r}"[:200],
            fix="get the checkpoint again from its source, or give another",
        )
    return ModelConfig(**values)


_CHANNELS = "decoder_channels"


def _is_of(value: object, kind: Any) -> bool:  # noqa: ANN401  # a type or a union of them
    if isinstance(value, tuple):
        whole = all(isinstance(count, int) and not isinstance(count, bool) for count in value)
        return kind == tuple[int, ...] | None and whole
    kinds = [part for part in get_args(kind) or (kind,) if get_origin(part) is None]
    return type(value) in kinds
