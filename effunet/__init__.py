"""Road scene segmentation with Eff-UNet.

From pictures to masks::

    import effunet

    predictor = effunet.load("runs/train/latest")
    predictor("street.jpg").show()

From your own pictures and masks to a network, and to a score that can be trusted::

    run = effunet.train(data="my_roads.yaml", trainer={"epochs": 20})
    scores = effunet.evaluate(run)
    print(scores.miou)

``help(effunet.train)``, ``help(effunet.evaluate)`` and ``help(effunet.load)`` say what they take;
the ``effunet`` command does the same from a terminal. Nothing is imported before it is used.
"""

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import (
        DataConfig,
        Evaluation,
        LossConfig,
        ModelConfig,
        OptimConfig,
        TrainerConfig,
        TrainResult,
        evaluate,
        train,
    )
    from .inference import Prediction, Predictor, load

__all__ = [
    "DataConfig",
    "Evaluation",
    "LossConfig",
    "ModelConfig",
    "OptimConfig",
    "Prediction",
    "Predictor",
    "TrainResult",
    "TrainerConfig",
    "evaluate",
    "load",
    "train",
]


def __getattr__(name: str) -> object:
    """PEP 562: the public names, imported when they are first used."""
    if name == "__version__":
        from importlib.metadata import version

        return version("effunet-road")
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    if name.endswith("Config"):
        from . import config  # without torch: the command line asks, and is to answer at once

        return getattr(config, name)
    with warnings.catch_warnings():
        # tqdm, which comes with the hub's client, misses widgets that nothing here shows
        warnings.filterwarnings("ignore", message="IProgress not found")
        if name in {"Prediction", "Predictor", "load"}:
            from . import inference

            return getattr(inference, name)
        from . import api

        return getattr(api, name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
