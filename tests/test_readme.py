"""What the pages tell a user to type is what the program takes, and every link leads somewhere."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effunet.arguments import parse
from effunet.cli import BARE_WORDS, VERBS
from effunet.imaging import read_mask, write_image, write_mask

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
def test_commands_are_taken_as_written(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    recipes = re.findall(r"```yaml\n# (\S+)\n(.*?)```", page.read_text(), flags=re.DOTALL)
    for name, recipe in recipes:
        (tmp_path / name).write_text(recipe)
    monkeypatch.chdir(tmp_path)
    for words in commands(page):
        verb = " ".join(words[:2]) if " ".join(words[:2]) in VERBS else words[0]
        assert verb in VERBS, words
        printing = {"--help", "--print_config"}  # which end the program
        options = [word for word in words[len(verb.split()) :] if word not in printing]
        if options:
            parse(verb, VERBS[verb], options, bare=BARE_WORDS.get(verb))


def test_the_readme_shows_commands() -> None:
    shown = {words[0] for words in commands(ROOT / "README.md")}
    assert shown >= {"train", "evaluate", "predict", "checks"}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page: Path) -> None:
    links = re.findall(r"\]\(([^)]+)", page.read_text(encoding="utf-8"))
    lost = []
    for link in links:
        path, _, heading = link.partition("#")
        place = page.parent / path if path else page
        found = place.exists() and (not heading or heading in headings(place))
        if "://" not in link and not found:
            lost.append(link)
    assert lost == []


def headings(page: Path) -> set[str]:
    """What leads to the headings of a page, as GitHub makes it of their words."""
    titles = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_knows_of_a_folder_outside(page: Path) -> None:
    text = re.sub(r"\]\([^)]*", "", page.read_text(encoding="utf-8"))
    assert re.findall(r"\.\./\w+", text) == []


def said_by_the_program() -> Iterator[str]:
    """Every string in it, with … where a value stands."""
    for file in ROOT.glob("effunet/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                values = node.values
                parts = [part.value if isinstance(part, ast.Constant) else "…" for part in values]
                yield "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_the_index_of_messages_names_what_is_said() -> None:
    said = list(said_by_the_program())
    patterns = [
        re.compile(".+".join(map(re.escape, text.split("…"))))
        for text in said
        if "…" in text and len(text) > 8
    ]
    rows = re.findall(r"^\| (`.*?) \| ", (ROOT / "docs/errors.md").read_text(), flags=re.MULTILINE)
    messages = [message for row in rows for message in re.findall(r"`([^`]+)`", row)]
    unsaid = []
    for message in messages:
        fragments = [part.strip() for part in message.split("…") if part.strip()]
        within = re.compile(".*".join(map(re.escape, fragments)))
        if not any(map(within.search, said)) and not any(p.search(message) for p in patterns):
            unsaid.append(message)
    assert len(messages) > 100
    assert unsaid == []


def test_the_lines_of_python_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    mask = np.repeat(np.arange(48, dtype=np.uint8)[:, None] // 24, 64, axis=1)
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    pictures = [f"images/{split}/{number}.jpg" for split in ("train", "val") for number in (1, 2)]
    for light, name in enumerate([*pictures, "street.jpg", "drive/1.jpg", "drive/2.jpg"], 1):
        image = mask[..., None] * np.full(3, 20 * light, np.uint8)
        write_image(tmp_path / name, image)
    for name in pictures:
        place = (tmp_path / name.replace("images", "masks")).with_suffix(".png")
        write_mask(place, mask, grey)
    description = "train: images/train\nval: images/val\nmasks_dir: masks\nnames: [sky, road]\n"
    (tmp_path / "my_roads.yaml").write_text(description)
    monkeypatch.chdir(tmp_path)

    assert '"epochs": 20' in lines
    known: dict[str, Any] = {}
    exec(lines.replace('"epochs": 20', '"epochs": 1'), known)  # our own
    assert known["result"].path == Path("drive/2.jpg")
    assert known["result"].mask.shape == (48, 64)
    assert set(known["result"].shares()) == set(known["scores"].iou)
    assert read_mask(tmp_path / "street.png").shape == (48, 64)
