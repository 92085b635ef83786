"""The table of hostile files: how one is made, and what its message says."""

import os
import pickle

import torch

from .hostile_files import (
    Make,
    Trap,
    claims_a_header,
    config,
    cut_jpeg,
    described,
    expanded,
    gigantic_pickle,
    header,
    header_text,
    listed,
    offsets,
    option,
    overlapping,
    packed,
    packed_text,
    pair,
    picture,
    pipe_as_config,
    png,
    poison,
    resumed,
    sparse,
    take_away,
    tensors,
    trap,
    weights,
    whole_numbers,
)

_BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
_NAN_HEADER = '{"format_version": 1, "mean": [NaN, 0.5, 0.5]}'

CASES: dict[str, tuple[Make, str]] = {
    "header: 10^9 channels": (
        header("config", "model", "decoder_channels", value=[10**9, 10**9]), "1 to 8192"),
    "header: 8192 channels": (
        header("config", "model", "decoder_channels", value=[8192, 8192]), "not those of the net"),
    "header: channels of text": (
        header("config", "model", "decoder_channels", value=["x"]), "makes no sense"),
    "header: variant 5": (header("config", "model", "variant", value=5), "makes no sense"),
    "header: gigantic variant": (
        header("config", "model", "variant", value="phi=10"), "not those of the network"),
    "header: gigantic encoder": (
        header("config", "model", value={"encoder": "tu-vit_giant_patch14_clip_224"}),
        "does not fit|cannot give|not those of"),
    "header: decoder of a list": (header("config", "model", "decoder", value=[]), "no sense"),
    "header: unknown option": (
        header("config", "model", "__class__", value="os.system"), "words this program"),
    "header: config of a list": (header("config", value=[1]), "config is not a mapping"),
    "header: data of text": (header("config", "data", value="x"), "data is not a mapping"),
    "header: batch of -1": (header("config", "batch_size", value=-1), "batch_size"),
    "header: version text": (header("format_version", value="2"), "no format version"),
    "header: version huge": (header("format_version", value=10**9), "newer format"),
    "header: mean of one": (header("mean", value=[0.5]), "mean is not three numbers"),
    "header: mean of text": (header("mean", value="abc"), "mean is not three numbers"),
    "header: mean huge": (header("mean", value=[1e300, 0, 0]), "mean is not three numbers"),
    "header: std 0": (header("std", value=[0, 0.5, 0.5]), "std is not three numbers"),
    "header: scale 10^9": (header("input_scale", value=1e9), "input_scale is not a number"),
    "header: scale true": (header("input_scale", value=True), "input_scale is not a number"),
    "header: negative palette": (
        header("label_space", "palette", value=[[-1, 0, 0]] * 7), "colour is not three"),
    "header: palette of one": (header("label_space", "palette", value=[[0, 0, 0]]), "each class"),
    "header: 10^5 classes": (
        header("label_space", "names", value=[str(n) for n in range(10**5)]), "1 to 255"),
    "header: 8 classes": (header(
        "label_space", value={"name": "a", "names": list("abcdefgh"), "palette": [[1, 1, 1]] * 8}),
        "not those of the network"),
    "header: id 999": (header("label_map", "ids", value={"999": 0}), "0 to 255"),
    "header: class 200": (header("label_map", "ids", value={"9": 200}), "beyond the 7"),
    "header: metrics of text": (header("metrics", value={"a": "b"}), "metrics are not"),
    "header: NaN": (header_text(_NAN_HEADER), "NaN, which is not JSON"),
    "header: nested": (header_text("[" * 500_000), "nested too deeply"),
    "header: a list": (header_text("[1]"), "not a mapping"),
    "header: not JSON": (header_text("{"), "not a checkpoint that can be read"),
    "header: number of 10^5 digits": (
        header_text('{"format_version": ' + "9" * 10**5 + "}"), "not a checkpoint"),
    "header: 2 MiB": (header_text('{"a": "' + "x" * (2 << 20) + '"}'), "longer than 1 MiB"),
    "checkpoint: NaN weight": (tensors(poison), "segmentation_head.0.bias has NaN"),
    "checkpoint: whole numbers": (tensors(whole_numbers), "int64, and not torch.float32"),
    "checkpoint: a tensor missing": (
        tensors(take_away), "is missing"),
    "config: alias bomb": (config(_BOMB), "stands for more than"),
    "config: holds itself": (config("loss: &a {terms: *a}\n"), "holds itself"),
    "config: a list of itself": (config("data: {crop_size: &a [*a]}\n"), "holds itself"),
    "config: nested": (config("data: " + "[" * 50_000), "nested too deeply"),
    "config: 10 MB": (config("# " + "x" * 10**7), "longer than"),
    "config: tag": (config("seed: !!python/object/apply:os.mkdir [canary]\n"), "has the tag"),
    "config: class name": (config("model: {class_path: os.mkdir}\n"), "name of a class"),
    "config: number for a key": (config("1: 2\n"), "cannot be a key"),
    "config: a list for a key": (config("? [a]\n: 2\n"), "for a key"),
    "config: hex of 4000 digits": (config("seed: 0x" + "f" * 4000), "hundreds of digits"),
    "config: pipe": (pipe_as_config, "no ordinary file"),
    "option: holds itself": (option("--loss.terms", "&a {dice: *a}"), "loss.terms cannot be"),
    "option: nested": (option("--loss.terms", "{a: " + "[" * 50_000), "loss.terms cannot be"),
    "option: number of 5000 digits": (
        option("--batch_size", "9" * 5000), "batch_size cannot be a number"),
    "description: alias bomb": (described(_BOMB), "stands for more than"),
    "description: holds itself": (described("names: &a [*a]\n"), "holds itself"),
    "description: device": (
        lambda _: ["data", "check", "--data.name", "folder", "--data.root", "/dev/zero"],
        "no ordinary file"),
    "weights: code in an archive": (weights(trap), "could run code"),
    "weights: code in a pickle": (
        weights(lambda path: path.write_bytes(pickle.dumps(Trap(path.parent / "canary")))
                ), "could run code"),
    "weights: packed": (weights(packed), "parts are packed"),
    "weights: 4 TB of one number": (weights(expanded), "repeats the few numbers"),
    "weights: sparse": (weights(sparse), "no plain array|could run code"),
    "weights: complex": (weights(lambda path: torch.save(
        {"a": torch.zeros(3, dtype=torch.complex64)}, path)), "complex64"),
    "weights: infinite": (weights(lambda path: torch.save(
        {"conv_stem.weight": torch.full((9,), float("inf"))}, path)), "conv_stem.weight has NaN"),
    "weights: offsets of a petabyte": (weights(offsets, "a.safetensors"), "cannot be read"),
    "weights: overlapping": (weights(overlapping, "a.safetensors"), "cannot be read"),
    "weights: header of 90 MB": (weights(claims_a_header, "a.safetensors"), "header claims"),
    "weights: HTML": (weights(lambda path: path.write_text("<html>" * 99)), "torch.save"),
    "weights: pipe": (weights(os.mkfifo), "no weights at"),
    "weights: device": (option("--model.weights", "/dev/zero"), "no idd_lite|no weights at"),
    "resume: code": (resumed(trap), "could run code"),
    "resume: 8 GB of one number": (resumed(lambda path: torch.save(
        {"state_dict": {"a": torch.zeros(1).expand(1 << 31)}, "optimizer_states": []}, path)),
        "a repeats the few numbers"),
    "resume: packed": (resumed(gigantic_pickle), "parts are packed"),
    "picture: 40000x40000": (
        pair(lambda p: p.write_bytes(png(40000, 40000, 9)), "leftImg8bit"), "too large"),
    "picture: text that unpacks": (pair(packed_text, "leftImg8bit"), "cannot be read"),
    "picture: truncated": (pair(cut_jpeg, "leftImg8bit"), "cannot be read"),
    "picture: HTML": (picture(lambda p: p.write_text("<html>"), "a.jpg"), "not one of"),
    "picture: pipe": (pair(os.mkfifo, "leftImg8bit"), "missing"),
    "picture: pipe in a folder": (picture(os.mkfifo, "a.png"), "no ordinary file"),
    "list: NUL": (listed(b"a\0b.jpg\n"), "not there"),
    "list: 10^6 lines": (listed(b"x.jpg\n" * 10**6), "at least 1001 pictures"),
    "list: a line of 50 MB": (listed(b"x" * (50 << 20)), "a line of"),
    "list: itself": (listed(b"list.txt\n"), "masks cannot be found"),
    "list: pipe": (listed(b"", pipe=True), "no ordinary file"),
    "label: 40000x40000": (
        pair(lambda p: p.write_bytes(png(40000, 40000, 9)), "gtFine"), "too large"),
    "label: pipe": (pair(os.mkfifo, "gtFine"), "missing"),
}  # fmt: skip
