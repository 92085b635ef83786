import pytest

from effunet.datasets import DATASETS, open_dataset
from effunet.errors import InputError


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        open_dataset("cityscape", None)
    assert caught.value.fix == "did you mean cityscapes?"


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_asks_for_its_root(name: str) -> None:
    with pytest.raises(InputError, match=r"no .* data") as caught:
        open_dataset(name, None)
    assert caught.value.fix.startswith("--data.root ")
