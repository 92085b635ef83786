"""One pass over a blank picture, to learn something about a network."""

import torch
from torch import Tensor, nn

PROBE_SIDE = 64  # a multiple of every stride


def probe(network: nn.Module) -> Tensor:
    """Logits of a blank 64x64 picture, in eval mode; the network is left as it was."""
    was_training = network.training
    parameter = next(network.parameters())
    blank = torch.zeros(
        1, 3, PROBE_SIDE, PROBE_SIDE, dtype=parameter.dtype, device=parameter.device
    )
    try:
        with torch.no_grad():
            logits: Tensor = network.eval()(blank)
    finally:
        network.train(was_training)
    return logits
