"""Label files without their pictures, as ready-made masks are scored against."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...imaging import read_mask_file
from ...labels import LabelMap, LabelSpace
from .faults import raise_faults
from .meaning import find_meaning
from .notes import label_notes
from .scan import label_facts


@dataclass(frozen=True)
class CheckedLabels:
    """What is known of sound label files."""

    label_map: LabelMap
    """What they mean: a map of ids or one of colours, whichever they hold."""
    notes: tuple[str, ...]
    """What is no fault and worth knowing."""


def check_labels(
    files: Sequence[Path], label_space: LabelSpace, label_map: LabelMap, *, root: Path
) -> CheckedLabels:
    """Decode every label file and decide for all together what they mean.

    Args:
        files: The label files.
        label_space: Their classes.
        label_map: How they may say them.
        root: Folder they lie in, which a message names.

    Raises:
        InputError: A file cannot be read, or something in the files means nothing.
    """
    channel, divisor = label_map.encoding.channel, label_map.encoding.divisor
    scanned = [
        (path, label_facts(read_mask_file(path, channel=channel, divisor=divisor)))
        for path in files
    ]
    meaning = find_meaning(scanned, label_space, label_map)
    raise_faults(meaning.faults, root=root, of="labels")
    return CheckedLabels(meaning.label_map, label_notes(meaning, label_space))
