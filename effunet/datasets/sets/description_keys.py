"""The keys of a description, and those that people write in their place."""

from ...errors import nearest
from ...yaml_file import YamlFile
from .description_faults import senseless

SPLITS = ("train", "val", "test")
_KEYS = (
    *("path", *SPLITS, "masks_dir", "masks", "images", "image_ending", "mask_ending"),
    *("mask_channel", "label_divisor", "names", "nc", "label_mapping", "palette"),
)
_OF_ULTRALYTICS = (
    "channels",
    "download",
    "flip_idx",
    "kpt_names",
    "kpt_shape",
    "minival",
    "yaml_file",
)
"""Its keys that say nothing of pictures and their masks."""
_OTHER_WORDS = {
    **dict.fromkeys(("root", "data_root", "dataset", "base_path"), "path"),
    **dict.fromkeys(("valid", "validation", "val_dir"), "val"),
    **dict.fromkeys(("training", "train_dir"), "train"),
    **dict.fromkeys(
        ("ann_dir", "labels_dir", "label_dir", "mask_folder", "masks_folder"), "masks_dir"
    ),
    **dict.fromkeys(("classes", "class_names", "labels"), "names"),
    **dict.fromkeys(("colors", "colours", "colormap", "color_map"), "palette"),
    **dict.fromkeys(("img_suffix", "image_suffix"), "image_ending"),
    **dict.fromkeys(("seg_map_suffix", "mask_suffix", "label_suffix"), "mask_ending"),
    **dict.fromkeys(("channel", "label_channel"), "mask_channel"),
    **dict.fromkeys(("mask_divisor", "divisor", "panoptic_label_divisor"), "label_divisor"),
    **dict.fromkeys(("label_map", "mapping"), "label_mapping"),
    "num_classes": "nc",
}
"""What other tools, and people, call them."""


def unknown_keys(yaml: YamlFile) -> tuple[str, ...]:
    """One note on the keys that nobody knows.

    Raises:
        InputError: One stands for a known key that is missing.
    """
    unknown = [key for key in map(str, yaml.written) if key not in (*_KEYS, *_OF_ULTRALYTICS)]
    missing = [key for key in _KEYS if key not in yaml.written]
    for key in unknown:
        meant = _OTHER_WORDS.get(key.lower())
        if meant not in missing:
            meant = nearest(key.lower(), missing, cutoff=0.8)
        if meant:
            why = f"line {yaml.lines.get(key)} has the key {key}, which nothing reads"
            raise senseless(yaml.path, why, f"did you mean {meant}?")
    places = ", ".join(f"{key} (line {yaml.lines.get(key)})" for key in unknown)
    return (f"{yaml.path} has keys that nothing reads: {places}",) if unknown else ()
