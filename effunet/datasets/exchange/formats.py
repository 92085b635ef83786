"""The formats by name."""

from pathlib import Path

from .coco import read_coco
from .export import Reader
from .hugging_face import read_hugging_face
from .label_studio import read_label_studio
from .labelme import read_labelme
from .roboflow import read_roboflow
from .voc import read_voc
from .yolo import read_yolo

FORMATS: dict[str, Reader] = {
    "coco": read_coco,
    "voc": read_voc,
    "yolo": read_yolo,
    "labelme": read_labelme,
    "roboflow": read_roboflow,
    "hugging_face": read_hugging_face,
    "label_studio": read_label_studio,
}

NAMES_ELSEWHERE = {
    "pascal": "voc",
    "pascal_voc": "voc",
    "cvat": "voc or coco, which CVAT exports as Segmentation mask 1.1 and COCO 1.0",
    "ultralytics": "yolo",
    "yolov8": "yolo",
    "hf": "hugging_face",
    "huggingface": "hugging_face",
    "labelstudio": "label_studio",
    "label_me": "labelme",
    "ms_coco": "coco",
}
"""What others call a format → what it is called here."""

_MARKS = {
    "coco": ("annotations/instances_*.json", "_annotations.coco.json", "*/_annotations.coco.json"),
    "voc": ("SegmentationClass",),
    "yolo": ("data.yaml",),
    "roboflow": ("_classes.csv", "*/_classes.csv"),
    "hugging_face": ("id2label.json",),
}
"""Format → what lies in its exports and in no others."""


def recognised(source: Path) -> dict[str, str]:
    """Formats that ``source`` may be an export of, with the file that tells."""
    found = {}
    for layout, patterns in _MARKS.items():
        files = [path for pattern in patterns for path in source.glob(pattern)]
        if files:
            found[layout] = str(min(files).relative_to(source))
    return found
