"""Writes the exports that the tests convert, each with the tool that it is an export of.

None of the tools belongs into the environment of the project: each gets one of its own, and this
file, which imports nothing of the project, runs in it:

    python -m venv /tmp/tool && /tmp/tool/bin/pip install datumaro
    /tmp/tool/bin/python tests/datasets/exchange/make_fixtures.py coco

``PACKAGES`` says what to install for what. Beside an export lie the masks that the tool itself
makes of it (``expected/SPLIT/NAME.png``: 0 where nothing is annotated, else 1 + the position of the
class in ``CLASSES``) and ``made_with.json``, the tool's version.
"""

import base64
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

HERE = Path(__file__).parent / "fixtures"
CLASSES = ("road", "car", "sky")
HEIGHT, WIDTH = 48, 64
PICTURES = {"train": ("drive1_a", "drive1_b"), "val": ("drive2_c",)}
PACKAGES = {
    "coco": ("datumaro", "pycocotools"),
    "coco_rle": ("datumaro", "pycocotools"),
    "voc": ("datumaro",),
    "yolo": ("ultralytics", "opencv-python-headless"),
    "labelme": ("labelme",),
    "hugging_face": ("datasets",),
    "label_studio": ("label-studio-sdk",),
    "roboflow": (),
}


def polygons(number: int) -> list[tuple[str, list[tuple[float, float]]]]:
    """A road, a car that stands on it, a smaller one before it, and sky; none on whole pixels."""
    right = 3.3 * number
    return [
        ("sky", [(0.0, 0.0), (63.0, 0.0), (63.0, 11.7), (30.4 + right, 15.2), (0.0, 12.6)]),
        ("road", [(24.3, 20.5), (36.8, 20.1), (60.6, 46.9), (2.2, 46.4)]),
        ("car", [(20.5 + right, 24.2), (33.1 + right, 23.6), (34.9 + right, 36.3), (20.2, 37.8)]),
        ("road", [(26.1, 30.2), (29.7, 30.6), (28.4, 35.9)]),  # lies on top of the car
    ]


def scenes() -> Iterator[tuple[str, str, int]]:
    """Split, name and number of every picture."""
    number = 0
    for split, names in PICTURES.items():
        for name in names:
            yield split, name, number
            number += 1


def picture(number: int) -> Image.Image:
    """Colours that tell the classes."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 80))
    from PIL import ImageDraw

    pen = ImageDraw.Draw(image)
    colours = {"sky": (120, 170, 220), "road": (100, 90, 100), "car": (30, 30, 140)}
    for name, corners in polygons(number):
        pen.polygon(corners, fill=colours[name])
    return image


def save_picture(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(number).save(path, quality=80)


def save_expected(kind: str, split: str, name: str, mask: np.ndarray) -> None:
    path = HERE / kind / "expected" / split / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask.astype(np.uint8)).save(path, optimize=True)


def make_coco(*, with_runs: bool = False) -> None:
    """Of datumaro, drawn by pycocotools; the run lengths once plain and once packed."""
    import datumaro as dm
    from pycocotools import mask as coco_mask

    kind = "coco_rle" if with_runs else "coco"
    out = HERE / kind / "export"
    items = []
    for split, name, number in scenes():
        shapes: list[Any] = [
            dm.Polygon(
                [level for corner in corners for level in corner], label=CLASSES.index(label)
            )
            for label, corners in polygons(number)
        ]
        if with_runs:
            shapes = [_as_mask(shape, coco_mask) for shape in shapes]
        media = dm.Image.from_numpy(np.array(picture(number))[..., ::-1])
        items.append(dm.DatasetItem(name, subset=split, media=media, annotations=shapes))
    dataset = dm.Dataset.from_iterable(items, categories=list(CLASSES))
    options = {"segmentation_mode": "mask"} if with_runs else {}
    dataset.export(str(out), "coco_instances", save_media=True, **options)
    for split, names in PICTURES.items():
        file = out / f"annotations/instances_{split}.json"
        content = json.loads(file.read_text())
        if with_runs and split == "val":
            _pack(content, coco_mask)
        file.write_text(json.dumps(content))
        for name, image in zip(names, content["images"], strict=True):
            save_expected(kind, split, name, _drawn_by_coco(content, image, coco_mask))


def _as_mask(shape: Any, coco_mask: Any) -> Any:
    import datumaro as dm

    area = coco_mask.decode(coco_mask.frPyObjects([shape.points], HEIGHT, WIDTH))[..., 0]
    return dm.Mask(area.astype(bool), label=shape.label)


def _pack(content: dict[str, Any], coco_mask: Any) -> None:
    for shape in content["annotations"]:
        packed = coco_mask.frPyObjects(shape["segmentation"], HEIGHT, WIDTH)
        shape["segmentation"] = {"size": [HEIGHT, WIDTH], "counts": packed["counts"].decode()}


def _drawn_by_coco(content: dict[str, Any], image: dict[str, Any], coco_mask: Any) -> np.ndarray:
    """As COCO's own script for stuff: annotations in their order, the later ones on top."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for shape in content["annotations"]:
        if shape["image_id"] == image["id"]:
            area = shape["segmentation"]
            if isinstance(area, list):
                area = coco_mask.merge(coco_mask.frPyObjects(area, HEIGHT, WIDTH))
            elif isinstance(area["counts"], list):
                area = coco_mask.frPyObjects(area, HEIGHT, WIDTH)
            mask[coco_mask.decode(area).astype(bool)] = shape["category_id"]
    return mask


def make_voc() -> None:
    """Of datumaro, which writes CVAT's `Segmentation mask 1.1` too."""
    import datumaro as dm

    out = HERE / "voc/export"
    items = []
    for split, name, number in scenes():
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        for label, corners in polygons(number):
            mask[_filled(corners)] = 1 + CLASSES.index(label)
        shapes = [dm.Mask(mask == index, label=index) for index in range(1 + len(CLASSES))]
        media = dm.Image.from_numpy(np.array(picture(number))[..., ::-1])
        items.append(dm.DatasetItem(name, subset=split, media=media, annotations=shapes))
        save_expected("voc", split, name, mask)
    dataset = dm.Dataset.from_iterable(items, categories=["background", *CLASSES])
    dataset.export(str(out), "voc_segmentation", save_media=True, label_map="source")
    shutil.rmtree(out / "SegmentationObject", ignore_errors=True)


def _filled(corners: list[tuple[float, float]]) -> np.ndarray:
    from PIL import ImageDraw

    image = Image.new("1", (WIDTH, HEIGHT))
    ImageDraw.Draw(image).polygon(corners, fill=1, outline=1)
    return np.array(image)


def make_yolo() -> None:
    """Label files as Ultralytics reads them, drawn by its own code (OpenCV)."""
    from ultralytics.data.utils import polygons2masks_overlap

    out = HERE / "yolo/export"
    for split, name, number in scenes():
        save_picture(out / f"images/{split}/{name}.jpg", number)
        rows, segments, labels = [], [], []
        for label, corners in polygons(number):
            levels = [level for x, y in corners for level in (x / WIDTH, y / HEIGHT)]
            rows.append(" ".join([str(CLASSES.index(label)), *(f"{at:.6f}" for at in levels)]))
            pixels = np.array([float(f"{at:.6f}") for at in levels]).reshape(-1, 2)
            segments.append((pixels * (WIDTH, HEIGHT)).reshape(-1))
            labels.append(1 + CLASSES.index(label))
        file = out / f"labels/{split}/{name}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(rows) + "\n")
        drawn, order = polygons2masks_overlap((HEIGHT, WIDTH), segments)
        ids = np.array([0, *np.array(labels)[order]])
        save_expected("yolo", split, name, ids[drawn])
    names = "\n".join(f"  {index}: {name}" for index, name in enumerate(CLASSES))
    (out / "data.yaml").write_text(
        f"path: .\ntrain: images/train\nval: images/val\nnames:\n{names}\n"
    )


def make_labelme() -> None:
    """Files of labelme, drawn by its own code; every kind of area and both homes of a picture."""
    from labelme import __version__
    from labelme.utils import shapes_to_label

    for split, name, number in scenes():
        folder = HERE / "labelme/export" / split
        save_picture(folder / f"{name}.jpg", number)
        shapes = [_labelme_shape(label, corners) for label, corners in polygons(number)]
        shapes.append(_labelme_shape("car", [(50.5, 40.2), (53.1, 42.0)], "circle"))
        shapes.append(_labelme_shape("car", [(9.7, 44.4), (3.2, 39.1)], "rectangle"))
        area = np.eye(5, 7, 1, dtype=bool) | np.eye(5, 7, 2, dtype=bool)
        drawn = [*shapes, _labelme_shape("car", [(40, 2), (46, 6)], "mask") | {"mask": area}]
        stored = [*shapes, _labelme_shape("car", [(40, 2), (46, 6)], "mask") | {"mask": _png(area)}]
        content = {
            "version": __version__,
            "flags": {},
            "shapes": stored,
            "imagePath": f"{name}.jpg",
            "imageData": None,
            "imageHeight": HEIGHT,
            "imageWidth": WIDTH,
        }
        if split == "val":
            picture_file = folder / f"{name}.jpg"
            content["imageData"] = base64.b64encode(picture_file.read_bytes()).decode()
            picture_file.unlink()
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1))
        values = {label: 1 + index for index, label in enumerate(CLASSES)}
        mask, _ = shapes_to_label((HEIGHT, WIDTH), drawn, values)
        save_expected("labelme", split, name, mask)


def _labelme_shape(label: str, corners: Any, kind: str = "polygon") -> dict[str, Any]:
    points = [list(corner) for corner in corners]
    return {
        "label": label,
        "points": points,
        "group_id": None,
        "description": "",
        "shape_type": kind,
        "flags": {},
        "mask": None,
    }


def _png(area: np.ndarray) -> str:
    stream = io.BytesIO()
    Image.fromarray(area.astype(np.uint8)).save(stream, format="PNG")
    return base64.b64encode(stream.getvalue()).decode()


def make_label_studio() -> None:
    """Brush strokes packed by Label Studio's own code; outlines as its JSON has them."""
    from label_studio_sdk.converter.brush import decode_rle, mask2rle

    tasks = []
    for split, name, number in scenes():
        save_picture(HERE / f"label_studio/export/images/{split}/1f2e3d4c-{name}.jpg", number)
        results, mask = [], np.zeros((HEIGHT, WIDTH), np.uint8)
        for at, (label, corners) in enumerate(polygons(number)):
            stated = {"original_width": WIDTH, "original_height": HEIGHT, "image_rotation": 0}
            tags = {"from_name": "tag", "to_name": "image", "id": f"r{at}", "origin": "manual"}
            runs = mask2rle(_filled(corners).astype(np.uint8) * 255)
            value: dict[str, Any] = {"format": "rle", "rle": runs, "brushlabels": [label]}
            kind = "brushlabels"
            area = decode_rle(runs).reshape(HEIGHT, WIDTH, 4)[..., 3] > 0
            if split == "val" and label == "sky":
                points = [[100 * x / WIDTH, 100 * y / HEIGHT] for x, y in corners]
                value = {"points": points, "closed": True, "polygonlabels": [label]}
                kind = "polygonlabels"
            results.append({**tags, **stated, "type": kind, "value": value})
            mask[area] = 1 + CLASSES.index(label)
        tasks.append(
            {
                "id": 1 + number,
                "annotations": [{"id": 1 + number, "was_cancelled": False, "result": results}],
                "data": {"image": f"/data/upload/1/1f2e3d4c-{name}.jpg"},
            }
        )
        save_expected("label_studio", split, f"1f2e3d4c-{name}", mask)
    (HERE / "label_studio/export/project-1.json").write_text(json.dumps(tasks))


def make_hugging_face() -> None:
    """A data set as the library stores and gives it, its columns written to folders."""
    from datasets import Dataset, Features
    from datasets import Image as ImageColumn

    out = HERE / "hugging_face/export"
    names = ("background", *CLASSES)
    for split in PICTURES:
        rows: dict[str, list[Image.Image]] = {"image": [], "label": []}
        ours = [(name, number) for of, name, number in scenes() if of == split]
        for _, number in ours:
            rows["image"].append(picture(number))
            rows["label"].append(Image.fromarray(_mask_of(number)))
        columns = Features({"image": ImageColumn(), "label": ImageColumn()})
        for (name, _), row in zip(ours, Dataset.from_dict(rows, features=columns), strict=True):
            for column, ending in (("image", ".jpg"), ("label", ".png")):
                path = out / split / column / f"{name}{ending}"
                path.parent.mkdir(parents=True, exist_ok=True)
                row[column].save(path)
            save_expected("hugging_face", split, name, np.array(row["label"]))
    (out / "id2label.json").write_text(json.dumps({str(at): name for at, name in enumerate(names)}))


def make_roboflow() -> None:
    """By hand: a service writes it, and nothing that can be installed does."""
    for split, name, number in scenes():
        folder = HERE / "roboflow/export" / {"val": "valid"}.get(split, split)
        save_picture(folder / f"{name}_jpg.rf.0f1e2d.jpg", number)
        Image.fromarray(_mask_of(number)).save(folder / f"{name}_jpg.rf.0f1e2d_mask.png")
        rows = [f"{index}, {label}" for index, label in enumerate(("background", *CLASSES))]
        (folder / "_classes.csv").write_text("\n".join(["Pixel Value, Class", *rows]) + "\n")
        save_expected("roboflow", split, f"{name}_jpg.rf.0f1e2d", _mask_of(number))


def _mask_of(number: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for label, corners in polygons(number):
        mask[_filled(corners)] = 1 + CLASSES.index(label)
    return mask


MAKERS: dict[str, Callable[[], None]] = {
    "coco": make_coco,
    "coco_rle": lambda: make_coco(with_runs=True),
    "voc": make_voc,
    "yolo": make_yolo,
    "labelme": make_labelme,
    "hugging_face": make_hugging_face,
    "label_studio": make_label_studio,
    "roboflow": make_roboflow,
}


if __name__ == "__main__":
    for kind in sys.argv[1:]:
        tools = {name: version(name) for name in (*PACKAGES[kind], "pillow", "numpy")}
        shutil.rmtree(HERE / kind, ignore_errors=True)
        MAKERS[kind]()
        (HERE / kind / "made_with.json").write_text(json.dumps(tools, indent=1) + "\n")
