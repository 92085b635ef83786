"""Where a result comes from: what was typed, when, and on which machine."""

import platform
import shlex
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from .durations import format_duration
from .json_values import jsonable
from .machine import describe_device
from .versions import installed_versions

if TYPE_CHECKING:
    import torch

_LONGEST = 600  # letters of a command: a shell makes thousands of drive/*.jpg
_OF_TRAINING = "Hyper-parameters of its training"


def made_now(
    *, seconds: float, device: "torch.device | None" = None, precision: str = ""
) -> dict[str, str]:
    """Facts of a page: label → value.

    Args:
        seconds: It took.
        device: It was computed on; None where no network was.
        precision: How, and why so.
    """
    facts = {
        "command": command_line(),
        "finished": f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}",
        "took": format_duration(seconds),
    }
    if device is None:
        return facts
    return facts | {"device": describe_device(device), "precision": precision}


def command_line() -> str:
    """What was typed, cut where it is very long."""
    program, *words = sys.argv
    name, package = Path(program).name, Path(program).parent.name
    if name == "effunet" or (name == "__main__.py" and package == "effunet"):
        line = shlex.join(["effunet", *words])
    elif name == "__main__.py":
        line = shlex.join(["python", "-m", package, *words])
    elif name.endswith(".py") and "ipykernel" not in name:
        line = shlex.join(["python", name, *words])
    else:
        line = "none: from Python"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."


def folded(config: Mapping[str, object]) -> dict[str, str]:
    """What few readers of a page ask for: title → lines.

    Args:
        config: What the model was trained with; nothing where there is none.
    """
    dumped = yaml.safe_dump(jsonable(config), sort_keys=False)
    return {**({_OF_TRAINING: dumped} if config else {}), "Versions": version_lines()}


def version_lines() -> str:
    """Python, the system and the libraries that decide a number, a line each."""
    versions = {**installed_versions(), "system": platform.platform()}
    return "\n".join(f"{name} {version}" for name, version in versions.items() if version)
