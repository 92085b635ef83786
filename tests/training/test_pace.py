from effunet.training.pace import measure_pace

from .conftest import TinyConfig


def test_a_pace_is_seconds_of_a_picture(tiny_config: TinyConfig) -> None:
    pace = measure_pace(tiny_config())
    assert 0 < pace.val < 60
    assert 0 < pace.train < 60
