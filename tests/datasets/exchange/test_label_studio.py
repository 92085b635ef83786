import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effunet.datasets import Conversion, convert
from effunet.errors import InputError
from effunet.imaging import write_image

from .conftest import only_mask

STATED = {"original_width": 40, "original_height": 20, "image_rotation": 0}


def _polygon(label: str, side: float, **changes: object) -> dict[str, Any]:
    """A square in a picture that is twice as wide as high."""
    points = [[0, 0], [side / 2, 0], [side / 2, side], [0, side]]
    value = {"points": points, "polygonlabels": [label]} | changes
    return {**STATED, "type": "polygonlabels", "value": value}


def _task(*results: dict[str, Any], image: str = "/data/upload/3/a.jpg") -> dict[str, Any]:
    return {"data": {"image": image}, "annotations": [{"result": list(results)}]}


ROAD, CAR = _polygon("road", 80), _polygon("car", 30)


def _write(root: Path, *tasks: object, places: tuple[str, ...] = ("images/a.jpg",)) -> Path:
    for place in places:
        write_image(root / place, np.zeros((20, 40, 3), np.uint8))
    (root / "project-1.json").write_text(json.dumps(tasks))
    return root


def _convert(root: Path) -> Conversion:
    return convert(root, root.parent / "out", layout="label_studio")


def test_later_regions_lie_on_top_and_shares_become_pixels(tmp_path: Path) -> None:
    made = _convert(_write(tmp_path / "in", _task(ROAD, CAR)))
    assert [only_mask(made)[at, at] for at in (3, 12, 19)] == [1, 0, 2]
    assert list(made.pixels) == ["road", "car", "background", "void"]


def test_the_short_export_is_the_same(tmp_path: Path) -> None:
    made = _convert(_write(tmp_path / "in", _task(ROAD, CAR)))
    short = {"image": "a.jpg", "tag": [STATED | ROAD["value"], STATED | CAR["value"]], "id": 1}
    again = convert(_write(tmp_path / "in2", short), tmp_path / "out2", layout="label_studio")
    np.testing.assert_array_equal(only_mask(made), only_mask(again))


def test_a_rectangle_turns_about_its_first_corner(tmp_path: Path) -> None:
    value = {"x": 50, "y": 0, "width": 25, "height": 25, "rotation": 90, "labels": ["road"]}
    made = _convert(_write(tmp_path / "in", _task({**STATED, "value": value})))
    rows, columns = np.nonzero(only_mask(made) == 0)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 10, 15, 20)


@pytest.mark.parametrize("sign", [1, -1])  # of a circle that was drawn from right to left
def test_an_ellipse_lies_about_its_centre(sign: int, tmp_path: Path) -> None:
    value = {"x": 50, "y": 50, "radiusX": sign * 25, "radiusY": sign * 20, "labels": ["road"]}
    made = _convert(_write(tmp_path / "in", _task({**STATED, "value": value})))
    rows, columns = np.nonzero(only_mask(made) == 0)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (6, 14, 10, 30)


def test_the_newest_annotation_counts_and_skipped_tasks_do_not(tmp_path: Path) -> None:
    task = _task(ROAD)
    older, newer = ({"created_at": day, "result": [CAR]} for day in ("2026-01-01", "2026-02-01"))
    task["annotations"] = [older | {"result": [ROAD]}, newer]
    skipped = _task(ROAD)
    skipped["annotations"][0]["was_cancelled"] = True
    made = _convert(_write(tmp_path / "in", task, skipped))
    assert list(made.pixels) == ["car", "background", "void"]
    assert len(made.notes) == 2


def test_regions_that_have_no_area_are_counted(tmp_path: Path) -> None:
    point = {"type": "keypointlabels", "value": {"x": 1, "y": 1, "keypointlabels": ["road"]}}
    choice = {"type": "choices", "value": {"choices": ["wet"]}}
    made = _convert(_write(tmp_path / "in", _task(ROAD, point, choice)))
    assert made.notes == (
        "left out: 1 regions that are no brush, polygon, rectangle or upright ellipse",
    )


def test_what_is_wrong_with_a_region_is_of_its_task(tmp_path: Path) -> None:
    root = _write(tmp_path / "in", _task(_polygon("a", 9, rle=[0, 1])))
    with pytest.raises(InputError, match=r"project-1\.json, task 1: a brush stroke ends"):
        _convert(root)


@pytest.mark.parametrize(
    "written",
    [
        "/data/local-files/?d=roads/a.jpg",
        "https://example.com/roads/a.jpg?token=x",
        "s3://bucket/roads/a.jpg",
        "roads\\a.jpg",
        "/data/upload/1/0123abcd-a.jpg",
        "roads/%61.jpg",
    ],
)
def test_pictures_are_found_by_the_end_of_what_is_written(written: str, tmp_path: Path) -> None:
    made = _convert(_write(tmp_path / "in", _task(ROAD, image=written)))
    assert (made.description.parent / "images/train/a.jpg").is_file()


def test_of_several_pictures_that_of_the_folder_is_taken(tmp_path: Path) -> None:
    places = ("d1/a.jpg", "d2/a.jpg")
    root = _write(tmp_path / "in", _task(ROAD, image="s3://b/d2/a.jpg"), places=places)
    made = _convert(root)
    assert (made.description.parent / "images/train/d2/a.jpg").is_file()
    with pytest.raises(InputError, match="several pictures of one name"):
        convert(
            _write(root, _task(ROAD, image="a.jpg"), places=places),
            tmp_path / "out2",
            layout="label_studio",
        )


def test_a_circle_that_would_take_minutes_is_refused(tmp_path: Path) -> None:
    wide = {"x": 0, "y": 0, "radiusX": 9e4, "radiusY": 9e4, "labels": ["road"]}
    root = _write(tmp_path / "in", _task({"value": wide}))
    write_image(root / "images/a.jpg", np.zeros((20, 400, 3), np.uint8))
    with pytest.raises(InputError, match="far outside"):
        _convert(root)


BROKEN: dict[str, tuple[object, str]] = {
    "absent": (_task(ROAD, image="b.jpg"), "is not there"),
    "no picture": (_task(ROAD, image="b.txt"), "names no picture"),
    "two labels": (_task(_polygon("a", 9, polygonlabels=["a", "b"])), "not one label"),
    "turned": (_task({**ROAD, "image_rotation": 90}), "was turned"),
    "size": (_task({**ROAD, "original_width": 41}), "another size"),
    "far": (_task(_polygon("a", 1e300)), "far outside"),
    "task": ("x", "a task is no mapping"),
    "result": ({"data": {}, "annotations": [{"result": 3}]}, "result is no list"),
    "brush": (_task(_polygon("a", 9, rle=[0, 1])), "ends too early"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_meant_is_refused_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    task, message = BROKEN[name]
    root = _write(tmp_path / "in", task)
    with pytest.raises(InputError, match=re.escape(message)):
        _convert(root)
    assert not (tmp_path / "out").exists()


def test_without_tasks_the_layout_is_shown(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match="no Label Studio export"):
        _convert(tmp_path / "in")
