import numpy as np

from effunet.datasets import Conversion
from effunet.imaging import read_mask


def only_mask(made: Conversion) -> np.ndarray:
    """The one mask that was made."""
    (file,) = made.description.parent.rglob("masks/**/*.png")
    return read_mask(file)
