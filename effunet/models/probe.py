"""One pass over a noise picture, to learn something about a network."""

import torch
from torch import Tensor, nn

PROBE_SIDE = 64  # a multiple of every stride


def probe(network: nn.Module, *, grad: bool = False) -> Tensor:
    """Logits of a normalised 64x64 noise picture, in eval mode; the network is left as it was.

    Args:
        network: Maps multiples of the stride to logits.
        grad: Whether they come with autograd's record.
    """
    generator = torch.Generator().manual_seed(0)  # not the run's own
    noise = torch.randn(1, 3, PROBE_SIDE, PROBE_SIDE, generator=generator)
    noise = noise.to(next(network.parameters()), memory_format=torch.channels_last)
    training = {module: module.training for module in network.modules()}
    try:
        # tensors of inference mode would not tell whether they were written to
        with torch.inference_mode(mode=False), torch.set_grad_enabled(grad):
            logits: Tensor = network.eval()(noise)
    finally:
        for module, was in training.items():
            module.training = was
    return logits
