"""What is said of a description that makes no sense."""

from pathlib import Path

from ...errors import InputError

EXAMPLE = """\
         path: my_roads
         train: images/train
         val: images/val
         masks_dir: masks
         names: {0: road, 1: other}"""


def senseless(file: Path, why: str, fix: str) -> InputError:
    """The one message for all of them.

    Args:
        file: The description.
        why: What is wrong in it.
        fix: What to write instead.
    """
    return InputError("the data set description makes no sense", where=file, why=why, fix=fix)
