"""The same numbers sooner: networks rebuilt for inference."""

from .fusion import for_inference, sync_batch_norms

__all__ = ["for_inference", "sync_batch_norms"]
