"""Files that someone made to break what reads them: each is refused with one message."""

import json
import os
import pickle
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from effunet.config import ModelConfig
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


def _header(*path: str, value: object) -> Make:
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


def _header_text(text: str) -> Make:
    def make(folder: Path) -> Words:
        save_file(_sound()[0], folder / "best.safetensors", metadata={"effunet": text})
        return _predict(folder, checkpoint=folder / "best.safetensors")

    return make


def _tensors(change: Callable[[dict[str, torch.Tensor]], None]) -> Make:
    def make(folder: Path) -> Words:
        state, header = _sound()
        state = {name: tensor.clone() for name, tensor in state.items()}
        change(state)
        write_checkpoint(folder / "best.safetensors", state, header)
        return _predict(folder, checkpoint=folder / "best.safetensors")

    return make


def _poison(state: dict[str, torch.Tensor]) -> None:
    state["segmentation_head.0.bias"][3] = float("nan")


def _whole_numbers(state: dict[str, torch.Tensor]) -> None:
    state["segmentation_head.0.bias"] = torch.zeros(7, dtype=torch.int64)


def _take_away(state: dict[str, torch.Tensor]) -> None:
    del state["segmentation_head.0.bias"]


def _train(folder: Path, *options: str) -> Words:
    return ["train", "--data.root", str(folder), *options]


def _config(text: str) -> Make:
    def make(folder: Path) -> Words:
        (folder / "a.yaml").write_text(text)
        return _train(folder, "--config", str(folder / "a.yaml"))

    return make


def _described(text: str) -> Make:
    def make(folder: Path) -> Words:
        (folder / "a.yaml").write_text(text)
        return ["data", "check", "--data.name", "folder", "--data.root", str(folder / "a.yaml")]

    return make


def _option(*words: str) -> Make:
    return lambda folder: _train(folder, *words)


def _weights(write: Callable[[Path], None], name: str = "a.pth") -> Make:
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


class _Trap:
    """Writes a file where it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.canary),)


def _trap(path: Path) -> None:
    torch.save({"state_dict": _Trap(path.parent / "canary")}, path)


def _resumed(folder: Path) -> Words:
    run = folder / "run"
    run.mkdir()
    (run / "config.yaml").write_text("data: {name: idd_lite}\n")
    (run / "last.ckpt").write_bytes(pickle.dumps(_Trap(folder / "canary")))
    return ["train", "--resume", str(run)]


def _packed(path: Path) -> None:
    torch.save({"conv_stem.weight": torch.zeros(3)}, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            size = 100 << 20 if name.endswith("data/0") else 0
            archive.writestr(name, content + bytes(size))


def _expanded(path: Path) -> None:
    torch.save({"conv_stem.weight": torch.zeros(1).expand(1 << 20, 1 << 20)}, path)


def _sparse(path: Path) -> None:
    places = torch.zeros(2, 0, dtype=torch.int64)
    size = (1 << 30, 9)
    tensor = torch.sparse_coo_tensor(places, torch.zeros(0), size, check_invariants=False)
    torch.save({"conv_stem.weight": tensor}, path)


def _offsets(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [1 << 30, 1 << 20], "data_offsets": [0, 1 << 52]}
    text = json.dumps({"conv_stem.weight": entry}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(64))


def _overlapping(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    text = json.dumps({f"a{index}": entry for index in range(1000)}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(16))


def _claims_a_header(path: Path) -> None:
    path.write_bytes(struct.pack("<Q", 90 << 20) + b"{" + b" " * (90 << 20))


def _picture(write: Callable[[Path], None], name: str) -> Make:
    def make(folder: Path) -> Words:
        state, header = _sound()
        write_checkpoint(folder / "best.safetensors", state, header)
        (folder / "pictures").mkdir()
        write(folder / "pictures" / name)
        source = folder / "pictures"
        return _predict(folder, checkpoint=folder / "best.safetensors", source=source)

    return make


def _png(width: int, height: int, rows: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(rows * (3 * width + 1)), 9)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", packed), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _cut_jpeg(path: Path) -> None:
    Image.effect_noise((256, 256), 90).convert("RGB").save(path, format="JPEG")
    path.write_bytes(path.read_bytes()[:3000])


def _list(content: bytes, *, pipe: bool = False) -> Make:
    def make(folder: Path) -> Words:
        (folder / "masks").mkdir()
        if pipe:
            os.mkfifo(folder / "list.txt")
        else:
            (folder / "list.txt").write_bytes(content)
        text = "train: list.txt\nval: list.txt\nmasks_dir: masks\nnames: {0: a, 1: b}\n"
        return _described(text)(folder)

    return make


def _label(write: Callable[[Path], None]) -> Make:
    def make(folder: Path) -> Words:
        words = _sound_data(folder)
        path = next((folder / "idd/gtFine/train").rglob("*.png"))
        path.unlink()
        write(path)
        return ["data", "check", *words[1:3]]

    return make


_BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
_NAN_HEADER = '{"format_version": 1, "mean": [NaN, 0.5, 0.5]}'

CASES: dict[str, tuple[Make, str]] = {
    "header: 10^9 channels": (
        _header("config", "model", "decoder_channels", value=[10**9, 10**9]), "1 to 8192"),
    "header: 8192 channels": (
        _header("config", "model", "decoder_channels", value=[8192, 8192]), "not those of the net"),
    "header: channels of text": (
        _header("config", "model", "decoder_channels", value=["x"]), "makes no sense"),
    "header: variant 5": (_header("config", "model", "variant", value=5), "makes no sense"),
    "header: gigantic variant": (
        _header("config", "model", "variant", value="phi=10"), "not those of the network"),
    "header: gigantic encoder": (
        _header("config", "model", value={"encoder": "tu-vit_giant_patch14_clip_224"}),
        "does not fit|cannot give|not those of"),
    "header: decoder of a list": (_header("config", "model", "decoder", value=[]), "no sense"),
    "header: unknown option": (
        _header("config", "model", "__class__", value="os.system"), "words this program"),
    "header: config of a list": (_header("config", value=[1]), "config is not a mapping"),
    "header: data of text": (_header("config", "data", value="x"), "data is not a mapping"),
    "header: batch of 10^30": (_header("config", "batch_size", value=-1), "batch_size"),
    "header: version text": (_header("format_version", value="2"), "no format version"),
    "header: version huge": (_header("format_version", value=10**9), "newer format"),
    "header: mean of one": (_header("mean", value=[0.5]), "mean is not three numbers"),
    "header: mean of text": (_header("mean", value="abc"), "mean is not three numbers"),
    "header: mean huge": (_header("mean", value=[1e300, 0, 0]), "mean is not three numbers"),
    "header: std 0": (_header("std", value=[0, 0.5, 0.5]), "std is not three numbers"),
    "header: scale 10^9": (_header("input_scale", value=1e9), "input_scale is not a number"),
    "header: scale true": (_header("input_scale", value=True), "input_scale is not a number"),
    "header: negative palette": (
        _header("label_space", "palette", value=[[-1, 0, 0]] * 7), "colour is not three"),
    "header: palette of one": (_header("label_space", "palette", value=[[0, 0, 0]]), "each class"),
    "header: 10^5 classes": (
        _header("label_space", "names", value=[str(n) for n in range(10**5)]), "1 to 255"),
    "header: 8 classes": (_header(
        "label_space", value={"name": "a", "names": list("abcdefgh"), "palette": [[1, 1, 1]] * 8}),
        "not those of the network"),
    "header: id 999": (_header("label_map", "ids", value={"999": 0}), "0 to 255"),
    "header: class 200": (_header("label_map", "ids", value={"9": 200}), "beyond the 7"),
    "header: metrics of text": (_header("metrics", value={"a": "b"}), "metrics are not"),
    "header: NaN": (_header_text(_NAN_HEADER), "NaN, which is not JSON"),
    "header: nested": (_header_text("[" * 500_000), "nested too deeply"),
    "header: a list": (_header_text("[1]"), "not a mapping"),
    "header: not JSON": (_header_text("{"), "not a checkpoint that can be read"),
    "header: number of 10^5 digits": (
        _header_text('{"format_version": ' + "9" * 10**5 + "}"), "not a checkpoint"),
    "header: 2 MiB": (_header_text('{"a": "' + "x" * (2 << 20) + '"}'), "longer than 1 MiB"),
    "checkpoint: NaN weight": (_tensors(_poison), "segmentation_head.0.bias has NaN"),
    "checkpoint: whole numbers": (_tensors(_whole_numbers), "int64, and not torch.float32"),
    "checkpoint: a tensor missing": (
        _tensors(_take_away), "is missing"),
    "config: alias bomb": (_config(_BOMB), "stands for more than"),
    "config: holds itself": (_config("loss: &a {terms: *a}\n"), "holds itself"),
    "config: a list of itself": (_config("data: {crop_size: &a [*a]}\n"), "holds itself"),
    "config: nested": (_config("data: " + "[" * 50_000), "nested too deeply"),
    "config: 10 MB": (_config("# " + "x" * 10**7), "longer than"),
    "config: tag": (_config("seed: !!python/object/apply:os.mkdir [canary]\n"), "has the tag"),
    "config: class name": (_config("model: {class_path: os.mkdir}\n"), "unknown option"),
    "config: number for a key": (_config("1: 2\n"), "cannot be a key"),
    "config: a list for a key": (_config("? [a]\n: 2\n"), "for a key"),
    "config: hex of 4000 digits": (_config("seed: 0x" + "f" * 4000), "hundreds of digits"),
    "config: pipe": (lambda folder: (
        os.mkfifo(folder / "a.yaml"), _train(folder, "--config", str(folder / "a.yaml")))[1],
        "no ordinary file"),
    "option: holds itself": (_option("--loss.terms", "&a {dice: *a}"), "loss.terms cannot be"),
    "option: nested": (_option("--loss.terms", "{a: " + "[" * 50_000), "loss.terms cannot be"),
    "option: number of 5000 digits": (_option("--batch_size", "9" * 5000), "batch_size cannot be"),
    "description: alias bomb": (_described(_BOMB), "stands for more than"),
    "description: holds itself": (_described("names: &a [*a]\n"), "holds itself"),
    "description: device": (
        lambda _: ["data", "check", "--data.name", "folder", "--data.root", "/dev/zero"],
        "no ordinary file"),
    "weights: code in an archive": (_weights(_trap), "could run code"),
    "weights: code in a pickle": (
        _weights(lambda path: path.write_bytes(pickle.dumps(_Trap(path.parent / "canary")))
                 and None), "could run code"),
    "weights: packed": (_weights(_packed), "parts are packed"),
    "weights: 4 TB of one number": (_weights(_expanded), "repeats the few numbers"),
    "weights: sparse": (_weights(_sparse), "no plain array|could run code"),
    "weights: complex": (_weights(lambda path: torch.save(
        {"a": torch.zeros(3, dtype=torch.complex64)}, path)), "complex64"),
    "weights: infinite": (_weights(lambda path: torch.save(
        {"conv_stem.weight": torch.full((9,), float("inf"))}, path)), "conv_stem.weight has NaN"),
    "weights: offsets of a petabyte": (_weights(_offsets, "a.safetensors"), "cannot be read"),
    "weights: overlapping": (_weights(_overlapping, "a.safetensors"), "cannot be read"),
    "weights: header of 90 MB": (_weights(_claims_a_header, "a.safetensors"), "header claims"),
    "weights: HTML": (_weights(lambda path: path.write_text("<html>" * 99) and None), "torch.save"),
    "weights: pipe": (_weights(os.mkfifo), "no weights at"),
    "weights: device": (_option("--model.weights", "/dev/zero"), "no idd_lite|no weights at"),
    "resume: code": (_resumed, "cannot be read|cannot be resumed|no checkpoint"),
    "picture: 40000x40000": (
        _picture(lambda p: p.write_bytes(_png(40000, 40000, 9)) and None, "a.png"), "too large"),
    "picture: rows that unpack": (
        _picture(lambda p: p.write_bytes(_png(30000, 2, 9000)) and None, "a.png"), ""),
    "picture: truncated": (_picture(_cut_jpeg, "a.jpg"), "cannot be read"),
    "picture: HTML": (_picture(lambda p: p.write_text("<html>") and None, "a.jpg"), "not one of"),
    "picture: pipe": (_picture(os.mkfifo, "a.png"), "no ordinary file"),
    "list: NUL": (_list(b"a\0b.jpg\n"), "not there"),
    "list: 10^6 lines": (_list(b"x.jpg\n" * 10**6), "at least 10001 pictures"),
    "list: a line of 50 MB": (_list(b"x" * (50 << 20)), "a line of"),
    "list: itself": (_list(b"list.txt\n"), "cannot be read|no pictures|faults|not end|no images"),
    "list: pipe": (_list(b"", pipe=True), "no ordinary file"),
    "label: 40000x40000": (
        _label(lambda p: p.write_bytes(_png(40000, 40000, 9)) and None), "too large"),
    "label: pipe": (_label(os.mkfifo), "missing"),
}  # fmt: skip


def _run_all(root: Path) -> dict[str, dict[str, Any]]:
    jobs = []
    for index, (make, _) in enumerate(CASES.values()):
        folder = root / str(index)
        folder.mkdir()
        jobs.append([make(folder), str(folder)])
    runner = Path(__file__).with_name("hostile_runner.py")
    done = subprocess.run(
        [sys.executable, runner],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


@pytest.fixture(scope="module")
def became(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    root = tmp_path_factory.mktemp("hostile")
    return root, _run_all(root)


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_refused_with_one_message(
    name: str, became: tuple[Path, dict[str, dict[str, Any]]]
) -> None:
    root, results = became
    result = results[name]
    print(f"{result['seconds']:.2f} s {result['megabytes']:.0f} MB  {name}")
    assert result["code"] == 2, result["said"]
    messages = [line for line in result["said"].splitlines() if line.startswith("effunet: ")]
    assert len(messages) == 1
    assert "Traceback" not in result["said"]
    assert "fix: " in result["said"]
    assert len(result["said"]) < 10_000
    assert not any(word in result["said"] for word in ("weights_only", "safe_globals"))
    assert re.search(CASES[name][1], result["said"]), result["said"]
    assert result["megabytes"] < 1024
    assert not list((root / str(list(CASES).index(name))).rglob("canary"))
