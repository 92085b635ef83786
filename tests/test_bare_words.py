"""Words without an option become the option that a command takes them for."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from effunet.arguments import parse
from effunet.cli import BARE_WORDS, VERBS
from effunet.errors import InputError

from .commands import refused

pytestmark = pytest.mark.usefixtures("_in_an_empty_folder")


def parsed(*words: str) -> dict[str, object]:
    return parse("predict", VERBS["predict"], words, bare="source")


@pytest.mark.parametrize(
    ("words", "source", "more", "overlay"),
    [
        (["drive/"], "drive/", (), False),
        (["--source", "drive/"], "drive/", (), False),
        (["--source=drive/"], "drive/", (), False),
        (["--overlay", "drive/"], "drive/", (), True),
        (["--overlay", "false", "drive/"], "drive/", (), False),
        (["drive/", "--overlay"], "drive/", (), True),
        (["--overlay", "--source", "drive/"], "drive/", (), True),
        (["a.jpg", "b.jpg", "c.jpg"], "a.jpg", ("b.jpg", "c.jpg"), False),
        (["--source", "a.jpg", "b.jpg", "--overlay"], "a.jpg", ("b.jpg",), True),
        (["a.jpg", "--overlay", "b.jpg"], "a.jpg", ("b.jpg",), True),
        (["--overlay", "--", "--odd.jpg", "-x.jpg"], "--odd.jpg", ("-x.jpg",), True),
        (["1.0"], "1.0", (), False),
        (["true"], "true", (), False),
    ],
)
def test_every_way_to_name_the_pictures(
    words: list[str], source: str, more: Sequence[str], overlay: bool
) -> None:
    values = parsed(*words)
    assert (values["source"], values["more"], values["overlay"]) == (source, more, overlay)


def test_an_assignment_that_is_a_file_is_a_picture() -> None:
    Path("speed=30.jpg").touch()
    assert parsed("speed=30.jpg")["source"] == "speed=30.jpg"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["predict", "drive/", "--source", "other/"], "given as well"),
        (["predict", "--source=other/", "--overlay", "drive/"], "given as well"),
        (["data", "check", "a", "b"], "only one of it"),
        (["data", "split", "a", "b"], "effunet data split a --out b if the results go there"),
        (["data", "check", "a", "--data.root", "b"], "given as well"),
        (["checks", "everything"], "belongs to no option"),
        (["predict", "x", "--overlay", "yes"], "--overlay alone is true"),
        (["train", "--data.crop_size", "256", "384"], "--data.crop_size [256,384]"),
        (["train", "--data.crop_size", "256,", "384"], "--data.crop_size [256,384]"),
        (["train", "mine.yaml"], "mine.yaml"),
        (["train", "config.py"], "it is a Python file"),
        (["train", "\u2013data.root", "x"], "type --data.root"),
        (["train", "--data.root", "\u201cx.yaml\u201d"], "type x.yaml"),
        (["predict", "x", "--classes", "0", "1"], "unknown option 'classes'"),
        (["predict", "--checkpoint", "x", "-"], "folder: -"),
        (["train", "yolo.pt"], "effunet train --model.weights yolo.pt"),
        (["evaluate", "mine.yaml"], "effunet evaluate --data.root mine.yaml"),
        (["evaluate", "--checkpoint"], "--checkpoint has no value"),
        (["predict", "--checkpoint", "x", "https://a.b/c.jpg"], "not from the network"),
        (["predict", "--checkpoint", "x", "0"], "or a camera"),
        (["predict", "a.jpg", "b.jpg", "--source", "c.jpg"], "'a.jpg', 'b.jpg' belong to no"),
    ],
)
def test_words_that_belong_nowhere(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(words, capsys)


def test_what_lies_at_a_word_tells_its_option() -> None:
    for made in ("run/best.safetensors", "runs/a/best.safetensors", "photos/a.jpg"):
        Path(made).parent.mkdir(parents=True)
        Path(made).touch()
    Path("data.yaml").write_text("train: images\nclasses: {0: road}\n")  # names is misspelt
    Path("mine.yaml").write_text("seed: 1\n")

    def given(verb: str, *words: str) -> dict[str, object]:
        values = parse(verb, VERBS[verb], words, bare=BARE_WORDS[verb])
        return {
            "root": getattr(values.get("data"), "root", None),
            "checkpoint": values.get("checkpoint"),
            "source": values.get("source"),
        }

    def means(verb: str, *words: str, **expected: object) -> None:
        nothing = {"root": None, "checkpoint": None, "source": None}
        assert given(verb, *words) == {**nothing, **expected}

    means("evaluate", "run", checkpoint=Path("run"))
    means("evaluate", "runs", checkpoint=Path("runs"))
    means("evaluate", "data.yaml", root="data.yaml")
    means("evaluate", "photos", "run", root="photos", checkpoint=Path("run"))
    means("predict", "run", "photos", checkpoint=Path("run"), source="photos")
    means("predict", "other.pt", "photos", checkpoint=Path("other.pt"), source="photos")
    means("predict", "runs", source="runs")
    for words in (["data.yaml"], ["data.yaml", "mine.yaml"], ["photos"]):
        values = parse("train", VERBS["train"], words, bare="config")
        config = values["config"]
        assert config.data.root == words[0]
        assert config.seed == (len(words) - 1)
    with pytest.raises(InputError, match="given as well"):
        given("evaluate", "photos", "--data.root", "data.yaml")


_ALSO_REQUIRED = {"data convert": ["--from", "coco", "--out", "o"], "data split": ["--out", "o"]}


@pytest.mark.parametrize(("verb", "option"), BARE_WORDS.items())
def test_a_bare_word_and_its_option_are_the_same(verb: str, option: str) -> None:
    Path("word").write_text("seed: 1\n")

    def values(words: list[str], function: Callable[..., None] = VERBS[verb]) -> dict[str, object]:
        return parse(verb, function, [*words, *_ALSO_REQUIRED.get(verb, [])], bare=option)

    assert values(["word"]) == values([f"--{option}", "word"])
    with pytest.raises(InputError, match="given as well"):
        values(["word", f"--{option}", "word"])
