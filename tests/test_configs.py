from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from effunet import cli
from effunet.arguments import parse
from effunet.config import TrainConfig
from effunet.labels import LABEL_SPACES
from effunet.models import STRIDE, build_model, default_crop

RECIPES = sorted((Path(__file__).parents[1] / "configs").glob("*.yaml"))
SPACES = LABEL_SPACES | {"synthetic": LABEL_SPACES["idd_lite"]}

pytestmark = pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)


def read(recipe: Path) -> TrainConfig:
    config = parse("train", cli.VERBS["train"], ["--config", str(recipe)])["config"]
    assert isinstance(config, TrainConfig)
    return config


def leaves(recipe: Path) -> Iterator[tuple[str, Any]]:
    """``data.crop_size``, ``[224, 320]`` and so on."""
    for key, value in yaml.safe_load(recipe.read_text()).items():
        if isinstance(value, dict):
            yield from ((f"{key}.{field}", inner) for field, inner in value.items())
        else:
            yield key, value


def value_at(config: TrainConfig, key: str) -> object:
    value: Any = config
    for name in key.split("."):
        value = getattr(value, name)
    return list(value) if isinstance(value, tuple) else value


def test_recipe_is_what_the_command_line_reads(recipe: Path) -> None:
    config = read(recipe)
    for key, value in leaves(recipe):
        assert value_at(config, key) == value, key


def test_recipe_holds_only_what_differs_from_the_defaults(recipe: Path) -> None:
    for key, value in leaves(recipe):
        assert value_at(TrainConfig(), key) != value, key


def test_recipe_is_named_by_data_set_and_variant(recipe: Path) -> None:
    config = read(recipe)
    assert recipe.stem == f"{config.data.name}_{config.model.variant}"


def test_recipe_builds_its_network(recipe: Path) -> None:
    config = read(recipe)
    space = SPACES[config.data.name or ""]
    with torch.device("meta"):  # shapes without numbers: b7 costs as little as lite0
        segmenter, _ = build_model(
            config.model, label_space=space, input_scale=config.data.input_scale, load=False
        )
        height, width = config.data.crop_size or default_crop(config.model)
        assert height % STRIDE == width % STRIDE == 0
        logits = segmenter.forward_train(torch.empty(2, 3, height, width, dtype=torch.uint8))
    assert logits.shape == (2, space.num_classes, height, width)
