import re
from pathlib import Path

import pytest

from effunet import demo
from effunet.config import DataConfig, ModelConfig, TrainConfig, TrainerConfig


def test_the_demo_leads_to_an_overlay_and_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(data: Path, seed: int, epochs: int) -> TrainConfig:
        return TrainConfig(
            data=DataConfig(name="synthetic", root=str(data), crop_size=(64, 64)),
            model=ModelConfig(decoder_channels=(16, 16, 8, 8, 8)),
            trainer=TrainerConfig(epochs=epochs),
            num_workers=0,
            seed=seed,
        )

    monkeypatch.setattr(demo, "_config", quick)
    said: list[str] = []
    demo.run_demo(tmp_path / "demo", seed=0, scenes=12, epochs=1, say=said.append)
    text = "\n".join(said)
    pictures = re.findall(r"(/\S+\.(?:jpg|html))$", text, flags=re.MULTILINE)
    assert [Path(path).suffix for path in pictures] == [".jpg", ".html", ".html"]
    assert all(Path(path).is_file() for path in pictures)
    assert "mIoU of always answering the commonest class" in text
    assert (tmp_path / "demo/metrics.json").is_file()
    assert said[-1] == f"out      {tmp_path / 'demo'}"
