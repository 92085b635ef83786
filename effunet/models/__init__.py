"""Networks: encoder, decoder, the segmenter around them, their weights and checkpoints."""

from ..precision import Precision, choose_precision
from ..scaling import STRIDE
from .architectures import DECODERS, needs_batch_of_two
from .backend import Backend, TorchBackend, mask_of, pictures_at_once
from .build import build_model, default_crop
from .checkpoint import LoadedModel, load_model, read_model, save_model
from .encoder import EfficientNetEncoder, build_classifier
from .segmenter import Segmenter, preds_from_logits, scaled_size
from .speed import for_inference, sync_batch_norms
from .weights import WeightsReport

__all__ = [
    "DECODERS",
    "STRIDE",
    "Backend",
    "EfficientNetEncoder",
    "LoadedModel",
    "Precision",
    "Segmenter",
    "TorchBackend",
    "WeightsReport",
    "build_classifier",
    "build_model",
    "choose_precision",
    "default_crop",
    "for_inference",
    "load_model",
    "mask_of",
    "needs_batch_of_two",
    "pictures_at_once",
    "preds_from_logits",
    "read_model",
    "save_model",
    "scaled_size",
    "sync_batch_norms",
]
