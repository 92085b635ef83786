"""Words of other tools are answered with those of this one."""

from pathlib import Path

import pytest

from effunet.__main__ import main
from effunet.arguments import build_parser
from effunet.cli import VERBS
from effunet.habits import _OPTIONS_ELSEWHERE, VERBS_ELSEWHERE

from .commands import refused

pytestmark = pytest.mark.usefixtures("_in_an_empty_folder")


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        ("val", "evaluate"),
        ("test", "evaluate"),
        ("validate", "evaluate"),
        ("fit", "train"),
        ("infer", "predict"),
        ("semantic train data=x.yaml", "train"),
        ("segment val", "evaluate"),
        ("task=segment mode=predict source=x", "predict"),
        ("mode=val", "evaluate"),
        ("make", "data make"),
        ("Predict", "predict"),
    ],
)
def test_commands(words: str, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"effunet {verb} --help" in refused(words.split(), capsys)


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        ("test runs/train/latest", "effunet evaluate runs/train/latest"),
        ("check here.yaml", "effunet data check here.yaml"),
        ("Predict drive/", "effunet predict drive/"),
        ("segment val", "effunet evaluate --help"),
        ("--data.root here.yaml train", "effunet train --data.root here.yaml"),
        ("here.yaml", "effunet data check here.yaml, then effunet train --data.root here.yaml"),
        ("mine.yaml", "effunet train --config mine.yaml"),
        ("data here.yaml", "effunet data check here.yaml"),
        ("data photos", "effunet data check photos"),
        ("photos", "effunet predict --source photos, or effunet data check photos"),
        ("a.jpg", "effunet predict --source a.jpg"),
        ("best.safetensors", "effunet evaluate --checkpoint best.safetensors"),
    ],
)
def test_a_command_that_was_nearly_typed(
    words: str, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("photos").mkdir()
    Path("here.yaml").write_text("train: images\nnames: {0: road}\n")
    Path("mine.yaml").write_text("seed: 1\n")
    for name in ("a.jpg", "best.safetensors"):
        Path(name).touch()
    assert main(words.split()) == 2
    assert typed in capsys.readouterr().err


def test_what_there_is_not_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert "best.safetensors" in refused(["export", "--format", "onnx"], capsys)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("train data=my.yaml", "type --data.root my.yaml"),
        ("train --data my.yaml", "such as --data.root my.yaml"),
        ("train model=b0", "type --model.variant b0"),
        ("train --model b0", "such as --model.variant b0"),
        ("train --optim adam", "such as --optim.lr\n"),
        ("train --model.name unet", "did you mean --model.decoder unet?"),
        ("train --epochs 3 --lr 0.1", "did you mean --trainer.epochs 3 --optim.lr 0.1?"),
        ("train --lr 0.1 --seed 3 --epochs -1", "mean --optim.lr 0.1 --trainer.epochs -1?"),
        ("predict x --show --seed 3", "did you mean --overlay?"),
        ("predict x --half", "precision follows what the device computes fast"),
        ("data split x --out y --ratio 0.1", "training gets the rest"),
        ("train --loss dice", "such as --loss.terms '{dice: 1.0}'"),
        ("train --input-size 512,256", "did you mean --data.crop_size '[512,256]'?"),
        ("predict x --threshold 0.5", "its likeliest class"),
        ("train --data.root=", "--data.root has an empty value"),
        ("checks photos.yaml", "lists every option"),
        ("train --wandb", "nothing is sent"),
        ("train --resume true", "or auto for the newest"),
        ("train epochs=3", "type --trainer.epochs 3"),
        (
            "train model=b0 data=my.yaml epochs=3 imgsz=640",
            "type --model.variant b0 --data.root my.yaml --trainer.epochs 3 --data.crop_size "
            "'[640,640]'",
        ),
        ("train --batch 4", "did you mean --batch_size"),
        ("train --batch-size 4", "did you mean --batch_size"),
        ("train --imgsz 640", "did you mean --data.crop_size"),
        ("train --weights x", "did you mean --model.weights"),
        ("train --gpus 1", "did you mean --trainer.devices"),
        ("train --project x", "did you mean --out"),
        ("train --work-dir x", "did you mean --out"),
        ("train --num_classes 3", "classes are those that the data set names"),
        ("train --optimizer SGD", "AdamW"),
        ("train --exist_ok", "nothing is overwritten"),
        ("predict --weights x y", "did you mean --checkpoint"),
        ("predict --model x y", "did you mean --checkpoint"),
        ("predict model=x source=y", "type --checkpoint x"),
        ("predict source=y", "type --source y"),
        ("predict -i x", "did you mean --source"),
        ("predict --conf 0.5 x", "--probabilities"),
        ("predict --save_txt x", "masks are written as PNG"),
        ("predict --imgsz 640 x", "--input_scale"),
        ("predict --name x y", "did you mean --out"),
        ("evaluate --data my.yaml", "such as --data.root my.yaml"),
        ("evaluate --ckpt_path x", "did you mean --checkpoint"),
        ("evaluate --iou 0.7", "IoU"),
    ],
)
def test_options(words: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in refused(words.split(), capsys)


@pytest.mark.parametrize("verb", ["train", "data check"])
def test_help_before_or_after_the_command(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert verb in VERBS
    for words in (["help", *verb.split()], ["--help", *verb.split()], [*verb.split(), "help"]):
        with pytest.raises(SystemExit):
            main(words)
        assert f"usage: effunet {verb}" in capsys.readouterr().out


def test_every_answer_names_what_there_is() -> None:
    known = {
        action.dest
        for verb, function in VERBS.items()
        for action in build_parser(verb, function)._actions
    }
    assert {here for places in _OPTIONS_ELSEWHERE.values() for here in places} <= known
    assert set(VERBS_ELSEWHERE.values()) <= VERBS.keys()
