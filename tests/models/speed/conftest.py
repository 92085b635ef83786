"""A network whose batch norms all do something."""

import torch
from torch import nn

from effunet.config import ModelConfig
from effunet.labels import LABEL_SPACES
from effunet.models import Segmenter, build_model


def segmenter_under(decoder: str = "unet") -> Segmenter:
    torch.manual_seed(0)
    segmenter, _ = build_model(
        ModelConfig(variant="phi=-3", weights="none", decoder=decoder),
        label_space=LABEL_SPACES["idd_lite"],
        input_scale=1,
    )
    for module in segmenter.modules():  # so that each batch norm does something
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            assert module.running_mean is not None
            assert module.running_var is not None
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return segmenter
