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
        (["data", "check", "a", "--data.root", "b"], "given as well"),
        (["checks", "everything"], "belongs to no option"),
        (["predict", "x", "--overlay", "yes"], "--overlay alone is true"),
        (["train", "--data.crop_size", "256", "384"], "--data.crop_size [256,384]"),
        (["train", "--data.crop_size", "256,", "384"], "--data.crop_size [256,384]"),
        (["train", "mine.yaml"], "mine.yaml"),
        (["train", ".."], "effunet train --data.root .."),
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


_ALSO_REQUIRED = {"data convert": ["--from", "coco", "--out", "o"], "data split": ["--out", "o"]}


@pytest.mark.parametrize(("verb", "option"), BARE_WORDS.items())
def test_a_bare_word_and_its_option_are_the_same(verb: str, option: str) -> None:
    Path("word").write_text("seed: 1\n")

    def values(words: list[str], function: Callable[..., None] = VERBS[verb]) -> dict[str, object]:
        return parse(verb, function, [*words, *_ALSO_REQUIRED.get(verb, [])], bare=option)

    assert values(["word"]) == values([f"--{option}", "word"])
    with pytest.raises(InputError, match="given as well"):
        values(["word", f"--{option}", "word"])
