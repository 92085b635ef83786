"""One pass over a noise picture, to learn something about a network."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

PROBE_SIDE = 64  # a multiple of every stride


def probe(network: nn.Module) -> Tensor:
    """Logits of a normalised 64x64 noise picture, in eval mode; the network is left as it was."""
    parameter = next(network.parameters())
    noise = torch.randn(
        1, 3, PROBE_SIDE, PROBE_SIDE, generator=torch.Generator().manual_seed(0)
    ).to(parameter)
    with only_looking(network):
        logits: Tensor = network(noise)
    return logits


@contextmanager
def only_looking(network: nn.Module) -> Iterator[None]:
    """Eval mode without gradients, also within inference mode, whose tensors hide changes."""
    was_training = network.training
    try:
        with torch.inference_mode(mode=False), torch.no_grad():
            network.eval()
            yield
    finally:
        network.train(was_training)
