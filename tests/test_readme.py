"""What the pages tell a user to type is what the program takes, and every link leads somewhere."""

import re
import shlex
from pathlib import Path

import pytest

from effunet.arguments import parse
from effunet.cli import BARE_WORDS, VERBS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md")])


def commands(page: Path) -> list[list[str]]:
    """Words after ``effunet`` (and of ``train_seg.py``) on the lines of code blocks and in code."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines += [code.replace("\n", " ") for code in re.findall(r"`([^`]+)`", prose)]
    found = []
    for line in lines:
        if match := re.search(r"(?:^|\s)(?:effunet|train_seg\.py)\s+(?!--help)(\S.*)", line):
            words = shlex.split(match[1], comments=True)
            found.append(words if "train_seg" not in line else ["train", *words])
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_are_taken_as_written(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for words in commands(page):
        verb = " ".join(words[:2]) if " ".join(words[:2]) in VERBS else words[0]
        assert verb in VERBS, words
        options = words[len(verb.split()) :]
        if options and options != ["--help"]:
            parse(verb, VERBS[verb], options, bare=BARE_WORDS.get(verb))


def test_the_readme_shows_commands() -> None:
    shown = {words[0] for words in commands(ROOT / "README.md")}
    assert shown >= {"train", "evaluate", "predict", "checks"}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []
