"""What other tools call what is here, so that a habit is answered with the word to type instead."""

import re
import shlex
from collections.abc import Collection, Sequence
from itertools import pairwise

from .errors import nearest
from .slips import as_meant

VERBS_ELSEWHERE = {
    "eval": "evaluate",
    "val": "evaluate",
    "valid": "evaluate",
    "validate": "evaluate",
    "validation": "evaluate",
    "test": "evaluate",
    "score": "evaluate",
    "fit": "train",
    "finetune": "train",
    "fine-tune": "train",
    "tune": "train",
    "resume": "train",
    "infer": "predict",
    "inference": "predict",
    "detect": "predict",
    "segment": "predict",
    "label": "predict",
    "track": "predict",
    "synthesise": "data make",
    "generate": "data make",
    "verify": "data check",
    "browse_dataset": "data check",
    "doctor": "checks",
    "env": "checks",
    "info": "checks",
    "collect_env": "checks",
    "settings": "checks",
}
"""What a command is called elsewhere → here."""

TASKS = frozenset({"detect", "segment", "semantic", "segmentation", "classify", "pose", "obb"})
"""Words that Ultralytics puts before its commands."""

_NOT_HERE = {
    "export": "a run's best.safetensors holds weights and all that is needed to use them, and "
    "effunet.load opens it from Python; there is no export to other formats",
    "serve": "there is no server; effunet.load opens a run from Python",
    "benchmark": "predict and train print how fast they are",
    "cfg": "train --print_config prints every setting",
    "config": "train --print_config prints every setting",
}
"""Commands that nothing here does → what to do instead."""


def verb_here(words: Sequence[str], known: Collection[str]) -> str | None:
    """The command that a command line of another tool means: ``val``, ``semantic train``."""
    first, *rest = (word.removeprefix("mode=") for word in words if not word.startswith("task="))
    if first.lower() in known and first.lower() != words[0]:
        return first.lower()
    if first in TASKS and rest:
        return rest[0] if rest[0] in known else verb_here(rest, known)
    elsewhere = VERBS_ELSEWHERE.get(first.lower())
    if elsewhere in known:
        return elsewhere
    return f"data {first}" if f"data {first}" in known else None


def instead_of(word: str) -> str | None:
    """What to do where there is no such command and none like it."""
    return _NOT_HERE.get(word.lower())


_ASSIGNMENT = re.compile(r"-*([\w.-]+)=(.*)", flags=re.DOTALL)

_OPTIONS_ELSEWHERE = {
    "learning_rate": ("optim.lr",),
    "model.name": ("model.decoder",),
    "e": ("trainer.epochs",),
    "epoch": ("trainer.epochs",),
    "vis": ("overlay",),
    "loss": ("loss.terms",),
    "criterion": ("loss.terms",),
    "val_ratio": ("val",),
    "test_ratio": ("test",),
    "lr0": ("optim.lr",),
    "cos_lr": ("optim.schedule",),
    "scheduler": ("optim.schedule",),
    "max_epochs": ("trainer.epochs",),
    "num_epochs": ("trainer.epochs",),
    "n_epochs": ("trainer.epochs",),
    "early_stopping": ("trainer.patience",),
    "amp": ("trainer.precision",),
    "half": ("trainer.precision",),
    "fp16": ("trainer.precision",),
    "accumulate_grad_batches": ("trainer.accumulate",),
    "gradient_clip_val": ("trainer.clip_norm",),
    "gpus": ("trainer.devices", "device"),
    "gpu": ("device",),
    "accelerator": ("device",),
    "cuda": ("device",),
    "batch": ("batch_size",),
    "bs": ("batch_size",),
    "b": ("batch_size",),
    "imgsz": ("data.crop_size",),
    "img": ("data.crop_size", "source"),
    "img_size": ("data.crop_size",),
    "image_size": ("data.crop_size",),
    "input_size": ("data.crop_size",),
    "size": ("data.crop_size",),
    "workers": ("num_workers", "threads"),
    "num_workers": ("threads",),
    "jobs": ("num_workers", "threads"),
    "backbone": ("model.encoder",),
    "encoder_name": ("model.encoder",),
    "arch": ("model.decoder",),
    "architecture": ("model.decoder",),
    "pretrained": ("model.weights",),
    "encoder_weights": ("model.weights",),
    "weights": ("checkpoint",),
    "weight": ("checkpoint", "model.weights"),
    "ckpt": ("checkpoint", "resume"),
    "ckpt_path": ("checkpoint", "resume"),
    "model": ("checkpoint", "model.variant"),
    "model_path": ("checkpoint",),
    "run": ("checkpoint", "resume"),
    "m": ("checkpoint",),
    "w": ("checkpoint",),
    "data": ("data.root",),
    "dataset": ("data.root",),
    "data_dir": ("data.root",),
    "data_root": ("data.root",),
    "dataset_path": ("data.root",),
    "root": ("data.root",),
    "d": ("data.root",),
    "images": ("source",),
    "image": ("source",),
    "input": ("source",),
    "input_dir": ("source",),
    "path": ("source", "data.root"),
    "i": ("source",),
    "s": ("source",),
    "project": ("out",),
    "name": ("out",),
    "output": ("out",),
    "output_dir": ("out",),
    "out_dir": ("out",),
    "outdir": ("out",),
    "save_dir": ("out",),
    "work_dir": ("out",),
    "default_root_dir": ("out",),
    "show_dir": ("out",),
    "o": ("out",),
    "cfg": ("config",),
    "config_file": ("config",),
    "c": ("config",),
    "load_from": ("model.weights",),
    "resume_from": ("resume",),
    "mask_dir": ("labels",),
    "gt": ("labels",),
    "preds": ("predictions",),
    "save_overlay": ("overlay",),
    "visualize": ("overlay",),
    "show": ("overlay",),
    "save_img": ("overlay",),
    "n": ("count",),
    "num": ("count",),
    "random_seed": ("seed",),
}
"""The last part of an option's name elsewhere → what it may be here."""

_PRECISION = "precision follows what the device computes fast; effunet checks says which"
_PARTS = "--val and --test say which part each gets, and training gets the rest"
_LIKELIEST = "a mask gives every pixel its likeliest class; --probabilities writes how sure it is"

_NO_OPTION = {
    "conf": _LIKELIEST,
    "iou": "every pixel has one class, so that nothing overlaps; evaluate prints the IoU",
    "classes": "every class is predicted; the ids in a mask tell them apart",
    "save": "masks are always written; --overlay writes pictures to look at as well",
    "save_txt": "masks are written as PNG with an id at every pixel; --overlay writes pictures to "
    "look at as well",
    "save_conf": "--probabilities writes the probability of every class at every pixel",
    "exist_ok": "nothing is overwritten: a new run gets -2, -3 behind its name",
    "num_classes": "classes are those that the data set names",
    "n_classes": "classes are those that the data set names",
    "nc": "classes are those that the data set names",
    "ignore_index": "255 is void, and label_mapping in the YAML of a folder says what else is",
    "reduce_zero_label": "label_mapping in the YAML of a folder says which ids are void",
    "optimizer": "it is AdamW, with --optim.lr, --optim.encoder_lr and --optim.weight_decay",
    "momentum": "the optimiser is AdamW, without momentum to set",
    "task": "the task is always semantic segmentation",
    "mode": "the command says it: effunet train, evaluate, predict",
    "verbose": "leave it out; --debug adds where an error comes from",
    "val": "validation follows every epoch",
    "plots": "curves and pictures are always drawn",
    "save_period": "the newest state is always saved; --trainer.checkpoint_minutes says how often",
    "fraction": "--trainer.limit_train_batches takes a part of every epoch",
    "imgsz": "pictures are segmented at their own size, times --input_scale",
    "stream": "pictures are read one after the other, and memory stays flat",
    "show": "nothing opens a window; --overlay writes pictures to look at",
    "wandb": "a run leaves metrics.csv, TensorBoard's files and report.html, and nothing is sent",
    "logger": "a run leaves metrics.csv, TensorBoard's files and report.html",
    "freeze": "no layer is frozen; a lower --optim.encoder_lr keeps the encoder near its weights",
    "augment": "--data.scale_range, --data.flip and --data.color_jitter say how much",
    "epochs": "epochs belong to effunet train",
    "ratio": _PARTS,
    "train_ratio": _PARTS,
    "train": _PARTS,
    "confidence": _LIKELIEST,
    "threshold": _LIKELIEST,
    "thr": _LIKELIEST,
    "mosaic": "--data.scale_range, --data.flip and --data.color_jitter are what there is",
    "half": _PRECISION,
    "amp": _PRECISION,
    "fp16": _PRECISION,
    "quiet": "leave it out; > log.txt 2>&1 keeps what is printed",
    "tta": "pictures are segmented once, as they are",
    "sliding_window": "pictures of any size are segmented whole",
    "line_width": "pixels are classified, and no boxes are drawn",
    "metric": "mIoU, the IoU of every class and the pixel accuracy are always printed",
    "metrics": "mIoU, the IoU of every class and the pixel accuracy are always printed",
    "save_json": "metrics.json is always written",
}
"""Options that nothing here needs → why."""


def option_here(name: str, known: Collection[str]) -> str | None:
    """What an option of other tools is called here."""
    last = name.rpartition(".")[2]
    places = _OPTIONS_ELSEWHERE.get(name) or _OPTIONS_ELSEWHERE.get(last, ())
    return next((here for here in places if here in known), None)


def nearest_option(key: str, known: Sequence[str]) -> str | None:
    """By a name others use, by the last part (``lr`` is ``optim.lr``), or by the whole."""
    key = key.replace("-", "_")
    section, _, last = key.rpartition(".")
    if key in known:
        return key
    if here := option_here(key, known):
        return here
    of_last = {name.rpartition(".")[2]: name for name in known}
    if last in _NO_OPTION and last not in of_last:
        return None
    near = nearest(last, of_last)
    if near is None:
        return nearest(key, known)
    beside = f"{section}.{near}"  # data.nam is data.name, and not name
    return beside if beside in known else of_last[near]


def options_of(words: Sequence[str], known: Sequence[str]) -> str:
    """Words such as ``epochs=3`` and ``--epochs 3``, all of them, as they are typed here."""
    typed = []
    for word, following in pairwise([*words, "--"]):
        assignment = _ASSIGNMENT.fullmatch(word)
        key = assignment[1] if assignment else word.lstrip("-")
        dashed = word.startswith("-")
        near = nearest_option(key, known) if assignment or dashed else None
        if near is None or (dashed and key in known):
            continue
        alone = following.startswith("-") and not following[1:2].isdigit()
        value = assignment[2] if assignment else "" if alone else following
        typed.append(f"--{near} {shlex.quote(respelled(near, value))}" if value else f"--{near}")
    return " ".join(typed)


_TAKES = {"data.crop_size": "numbers such as", "loss.terms": "names and numbers"}


def respelled(option: str, value: str) -> str:
    """A value as ``option`` takes it, where others have it otherwise: 640 is ``[640,640]``."""
    return as_meant(value, [_TAKES.get(option, "")]) or value


def no_option(key: str) -> str | None:
    """Why nothing here needs an option that others have."""
    return _NO_OPTION.get(key.replace("-", "_").rpartition(".")[2])
