"""Values as JSON can hold them."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any


def jsonable(value: Any) -> Any:  # noqa: ANN401  # JSON is
    """``value`` with plain containers, text keys, and None for NaN and infinities."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def sha256_of(values: list[Any]) -> str:
    """SHA-256 of JSON values."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
