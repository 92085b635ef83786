"""ImageNet weights from the hub, which is asked for nothing else."""

import timm
from huggingface_hub import constants, get_session, try_to_load_from_cache
from segmentation_models_pytorch.encoders import encoders as smp_encoders
from segmentation_models_pytorch.encoders import get_encoder

from ...errors import InputError
from .matching import State

_FILE = "model.safetensors"
_PATIENCE_S = 5.0


def timm_state(name: str) -> State:
    """Weights of the timm model ``name``, with its tag if it has one.

    Raises:
        InputError: There are none, or they cannot be fetched.
    """
    published = timm.get_pretrained_cfg(name)
    if published is None or not published.has_weights:
        raise _unpublished(name)
    _check_reachable(str(published.hf_hub_id), revision=None)
    try:
        return timm.create_model(name, pretrained=True).state_dict()
    except Exception as error:  # the hub client raises by a dozen names, and so does the network
        raise _unreachable(str(published.hf_hub_id), str(error)) from error


def smp_state(name: str) -> State:
    """ImageNet weights of smp's own encoder ``name``.

    Raises:
        InputError: There are none, or they cannot be fetched.
    """
    published = smp_encoders[name]["pretrained_settings"].get("imagenet")
    if published is None:
        raise _unpublished(name)
    _check_reachable(published["repo_id"], revision=published["revision"])
    try:
        state: State = get_encoder(name, weights="imagenet").state_dict()
    except Exception as error:  # see timm_state
        raise _unreachable(published["repo_id"], str(error)) from error
    return state


def _check_reachable(repository: str, *, revision: str | None) -> None:
    """End within seconds where there is no network: the client itself retries for a minute."""
    if isinstance(try_to_load_from_cache(repository, _FILE, revision=revision), str):
        return
    if constants.HF_HUB_OFFLINE:
        raise _unreachable(repository, "HF_HUB_OFFLINE is set")
    try:
        get_session().head(constants.ENDPOINT, timeout=_PATIENCE_S)
    except Exception as error:  # see timm_state
        raise _unreachable(repository, str(error)) from error


def _unreachable(repository: str, why: str) -> InputError:
    return InputError(
        f"the ImageNet weights {repository} cannot be fetched from the hub",
        where="model.weights",
        why=(why.strip().splitlines() or ["no network"])[0],
        fix="set model.weights to a file of them (.safetensors, .pth), or to none for random ones",
    )


def _unpublished(name: str) -> InputError:
    return InputError(
        f"there are no published ImageNet weights for {name}",
        where="model.weights",
        fix="set model.weights to a file of its weights, or to none for random ones",
    )
