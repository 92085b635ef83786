"""How each hostile file is written, and which command reads it."""

import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from effunet.config import ModelConfig
from effunet.files import file_sha256
from effunet.labels import LABEL_MAPS, LABEL_SPACES
from effunet.models import build_model
from effunet.models.checkpoint_file import write_checkpoint

SPACE = LABEL_SPACES["idd_lite"]
MODEL = {"variant": "phi=-3", "weights": "none", "decoder": "fpn", "decoder_channels": [32, 32]}

Words = list[str]
Make = Callable[[Path], Words]
"""Writes a hostile file into a folder and says which command reads it."""


def _sound() -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    config = ModelConfig(**{**MODEL, "decoder_channels": (32, 32)})  # type: ignore[arg-type]
    segmenter, _ = build_model(config, label_space=SPACE, input_scale=1)
    return segmenter.network.state_dict(), {
        "config": {"model": dict(MODEL), "data": {"name": "idd_lite"}, "batch_size": 2},
        "label_space": SPACE.to_dict(),
        "label_map": LABEL_MAPS["idd_lite"].to_dict(),
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "input_scale": 1.0,
        "metrics": {"val/miou": 0.5},
        "weights": "none",
        "versions": {"torch": "2"},
    }


def _predict(folder: Path, *, checkpoint: Path, source: Path | None = None) -> Words:
    picture = folder / "road.png"
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(picture)
    words = ["predict", "--checkpoint", str(checkpoint), "--source", str(source or picture)]
    return [*words, "--device", "cpu", "--out", str(folder / "out")]


def header(*path: str, value: object) -> Make:
    """A checkpoint that is right in all but one field."""

    def make(folder: Path) -> Words:
        state, header = _sound()
        inner: Any = header
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        write_checkpoint(folder / "best.safetensors", state, header)
        return _predict(folder, checkpoint=folder / "best.safetensors")

    return make


def header_text(text: str) -> Make:
    def make(folder: Path) -> Words:
        save_file(_sound()[0], folder / "best.safetensors", metadata={"effunet": text})
        return _predict(folder, checkpoint=folder / "best.safetensors")

    return make


def tensors(change: Callable[[dict[str, torch.Tensor]], None]) -> Make:
    def make(folder: Path) -> Words:
        state, header = _sound()
        state = {name: tensor.clone() for name, tensor in state.items()}
        change(state)
        write_checkpoint(folder / "best.safetensors", state, header)
        return _predict(folder, checkpoint=folder / "best.safetensors")

    return make


def poison(state: dict[str, torch.Tensor]) -> None:
    state["segmentation_head.0.bias"][3] = float("nan")


def whole_numbers(state: dict[str, torch.Tensor]) -> None:
    state["segmentation_head.0.bias"] = torch.zeros(7, dtype=torch.int64)


def take_away(state: dict[str, torch.Tensor]) -> None:
    del state["segmentation_head.0.bias"]


def _train(folder: Path, *options: str) -> Words:
    return ["train", "--data.root", str(folder), *options]


def config(text: str) -> Make:
    def make(folder: Path) -> Words:
        (folder / "a.yaml").write_text(text)
        return _train(folder, "--config", str(folder / "a.yaml"))

    return make


def pipe_as_config(folder: Path) -> Words:
    os.mkfifo(folder / "a.yaml")
    return _train(folder, "--config", str(folder / "a.yaml"))


def described(text: str) -> Make:
    def make(folder: Path) -> Words:
        (folder / "a.yaml").write_text(text)
        return ["data", "check", "--data.name", "folder", "--data.root", str(folder / "a.yaml")]

    return make


def option(*words: str) -> Make:
    return lambda folder: _train(folder, *words)


def weights(write: Callable[[Path], object], name: str = "a.pth") -> Make:
    def make(folder: Path) -> Words:
        write(folder / name)
        return [*_sound_data(folder), "--model.weights", str(folder / name)]

    return make


def _sound_data(folder: Path) -> Words:
    root = folder / "idd"
    for split in ("train", "val"):
        for kind, name, mode in (("leftImg8bit", "image.jpg", "RGB"), ("gtFine", "label.png", "L")):
            path = root / kind / split / "0" / f"{split}_{name}"
            path.parent.mkdir(parents=True)
            Image.new(mode, (64, 64), (9 * len(split),) * 3 if mode == "RGB" else 0).save(path)
    return ["train", "--data.root", str(root), "--data.crop_size", "[32,64]", "--device", "cpu"]


class Trap:
    """Writes a file where it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.canary),)


def trap(path: Path) -> None:
    torch.save({"state_dict": Trap(path.parent / "canary")}, path)


def resumed(write: Callable[[Path], object]) -> Make:
    def make(folder: Path) -> Words:
        state = folder / "run/checkpoints/4.ckpt"
        state.parent.mkdir(parents=True)
        (folder / "run/config.yaml").write_text("data: {name: idd_lite}\n")
        write(state)
        digest = f"{file_sha256(state)}  {state.name}\n"
        state.with_name("4.ckpt.sha256").write_text(digest)
        return ["train", "--resume", str(folder / "run")]

    return make


def gigantic_pickle(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/version", "3\n")
        with archive.open("archive/data.pkl", "w", force_zip64=True) as pickled:
            for _ in range(2000):
                pickled.write(bytes(1 << 20))


def packed(path: Path) -> None:
    torch.save({"conv_stem.weight": torch.zeros(3)}, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            size = 100 << 20 if name.endswith("data/0") else 0
            archive.writestr(name, content + bytes(size))


def expanded(path: Path) -> None:
    torch.save({"conv_stem.weight": torch.zeros(1).expand(1 << 20, 1 << 20)}, path)


def sparse(path: Path) -> None:
    places = torch.zeros(2, 0, dtype=torch.int64)
    size = (1 << 30, 9)
    tensor = torch.sparse_coo_tensor(places, torch.zeros(0), size, check_invariants=False)
    torch.save({"conv_stem.weight": tensor}, path)


def offsets(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [1 << 30, 1 << 20], "data_offsets": [0, 1 << 52]}
    text = json.dumps({"conv_stem.weight": entry}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(64))


def overlapping(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    text = json.dumps({f"a{index}": entry for index in range(1000)}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(16))


def claims_a_header(path: Path) -> None:
    path.write_bytes(struct.pack("<Q", 90 << 20) + b"{" + b" " * (90 << 20))


def picture(write: Callable[[Path], object], name: str) -> Make:
    def make(folder: Path) -> Words:
        state, header = _sound()
        write_checkpoint(folder / "best.safetensors", state, header)
        (folder / "pictures").mkdir()
        write(folder / "pictures" / name)
        source = folder / "pictures"
        return _predict(folder, checkpoint=folder / "best.safetensors", source=source)

    return make


def png(width: int, height: int, rows: int, *, text: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(rows * (3 * width + 1)), 9)
    parts = [_chunk(b"IHDR", head), _chunk(b"IDAT", packed), _chunk(b"IEND", b"")]
    if text:
        parts.insert(1, _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(text, 9)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def packed_text(path: Path) -> None:
    path.write_bytes(png(64, 64, 64, text=bytes(200 << 20)))


def cut_jpeg(path: Path) -> None:
    Image.effect_noise((256, 256), 90).convert("RGB").save(path, format="JPEG")
    path.write_bytes(path.read_bytes()[:3000])


def listed(content: bytes, *, pipe: bool = False) -> Make:
    def make(folder: Path) -> Words:
        (folder / "masks").mkdir()
        if pipe:
            os.mkfifo(folder / "list.txt")
        else:
            (folder / "list.txt").write_bytes(content)
        text = "train: list.txt\nval: list.txt\nmasks_dir: masks\nnames: {0: a, 1: b}\n"
        return described(text)(folder)

    return make


def pair(write: Callable[[Path], object], of: str) -> Make:
    """A hostile picture (``leftImg8bit``) or label file (``gtFine``) in a sound data set."""

    def make(folder: Path) -> Words:
        words = _sound_data(folder)
        path = next(path for path in (folder / "idd" / of / "train").rglob("*") if path.is_file())
        path.unlink()
        write(path)
        return ["data", "check", *words[1:3]]

    return make
