from dataclasses import replace
from pathlib import Path

import pytest

from effunet.datasets.check.faults import FURTHER, Fault, raise_faults
from effunet.errors import InputError

ROOT = Path("/data")
MISSING = "the mask of this picture is missing", "add it or remove the picture"


def _said(faults: list[Fault], *, listed: int | None = 3, of: str = "data set") -> InputError:
    with pytest.raises(InputError) as caught:
        raise_faults(faults, root=ROOT, listed=listed, of=of)
    return caught.value


def test_no_fault_is_no_message() -> None:
    raise_faults([], root=ROOT)


def test_one_fault_of_one_file_is_one_line() -> None:
    error = _said([Fault(ROOT / "a.png", *MISSING)])
    assert error.what == "1 fault in the data set"
    assert error.why == f"a.png: {MISSING[0]}"
    assert error.fix == MISSING[1]


def test_files_of_one_cause_are_counted_with_three_examples_of_either_split() -> None:
    faults = [Fault(ROOT / f"{split}/{n}.png", *MISSING) for split in "ab" for n in range(2)]
    error = _said(faults)
    assert error.what == "4 faults in the data set"
    assert str(error.why).splitlines() == [
        f"4 files: {MISSING[0]}",
        "           a/0.png",
        "           a/1.png",
        "           b/0.png",
        "           and 1 more",
    ]
    assert "--every_file" in error.fix
    assert "--every_file" not in _said(faults[:3]).fix
    assert "--every_file" not in _said(faults, of="labels").fix  # data check is not for these
    every = _said(faults, listed=None)
    assert [line.strip() for line in str(every.why).splitlines()[1:]] == [
        *("a/0.png", "a/1.png", "b/0.png", "b/1.png")
    ]
    assert every.fix == MISSING[1]


def test_every_cause_has_the_number_of_its_mend() -> None:
    cut = Fault(ROOT / "b.jpg", "the picture cannot be read: cut off", "get it again")
    error = _said([Fault(ROOT / "a.png", *MISSING), cut, Fault(ROOT / "c.png", *MISSING)])
    causes = [line for line in str(error.why).split("\n         ") if line[0].isdigit()]
    assert causes == [f"1. 2 files: {MISSING[0]}", "2. b.jpg: the picture cannot be read: cut off"]
    assert error.fix == f"1. {MISSING[1]}\n         2. get it again"


def test_what_differs_from_file_to_file_stands_beside_each() -> None:
    kind = "the picture cannot be read"
    error = _said(
        [
            Fault(ROOT / f"{why}.jpg", f"{kind}: {why}", "get it again", kind=kind)
            for why in ("empty", "cut")
        ]
    )
    assert [line.strip() for line in str(error.why).splitlines()] == [
        f"2 files: {kind}",
        "empty.jpg: empty",
        "cut.jpg: cut",
    ]


def test_ids_are_named_once_with_all_files_that_hold_one() -> None:
    def unknown(value: int, *names: str) -> Fault:
        first, *rest = (ROOT / name for name in names)
        kind = "ids that roads does not have"
        return Fault(first, f"id {value}", "map", also=tuple(rest), kind=kind, value=str(value))

    more = replace(unknown(0, "c.png"), what="further ids", value=FURTHER)
    error = _said([unknown(7, "a.png", "b.png"), more, unknown(8, "b.png"), unknown(7, "c.png")])
    assert [line.strip() for line in str(error.why).splitlines()] == [
        "3 files: ids that roads does not have: 7, 8, further ones",
        "a.png",
        "b.png",
        "c.png",
    ]
