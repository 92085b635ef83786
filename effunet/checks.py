"""What an installation has, what it lacks, and how to mend it.

Versions come from package metadata, and the only library imported is torch: importing the others
to ask them would take longer than everything else here.
"""

import importlib.util
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Literal

from packaging.requirements import Requirement

from .machine import describe_processor
from .versions import version_of

DISTRIBUTION = "effunet-road"
_REINSTALL = f"pip install --force-reinstall --no-deps {DISTRIBUTION}"
_MEND_TORCH = "pip install --force-reinstall torch torchvision"  # together, so from one registry
_MEND_OPENCV = (
    "pip uninstall -y opencv-python opencv-contrib-python opencv-contrib-python-headless "
    "opencv-python-headless && pip install opencv-python-headless"
)

# distribution → what is wrong with having it here, and the mend
_RIVALS = {
    "effunet": (
        "someone else's package, which installs a folder of the same name over this one",
        f"pip uninstall -y effunet && {_REINSTALL}",
    ),
    "opencv-python": ("overwrites the cv2 folder of opencv-python-headless", _MEND_OPENCV),
    "opencv-contrib-python": ("overwrites the cv2 folder of opencv-python-headless", _MEND_OPENCV),
    "opencv-contrib-python-headless": (
        "overwrites the cv2 folder of opencv-python-headless",
        _MEND_OPENCV,
    ),
    "albumentationsx": (
        "AGPL, and overwrites the folder of albumentations",
        "pip uninstall -y albumentationsx && pip install --force-reinstall albumentations==2.0.8",
    ),
}
_MALICIOUS = {"lightning": {"2.6.2", "2.6.3"}}
_DEVELOPERS_EXTRAS = {"dev", "all"}
_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (where loader processes leave pictures)
_ENOUGH_SHARED_MEMORY = 2**30


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    """What was looked at."""
    status: Literal["ok", "note", "broken"]
    """``note`` is worth knowing and stops nothing; ``broken`` will fail."""
    detail: str
    """What was found."""
    fix: str | None = None
    """Command or edit that mends it."""


def run_checks() -> list[Check]:
    """Look at everything; takes about as long as importing torch."""
    return [
        *_installation(),
        *_requirements(),
        *_rivals(),
        *_extras(),
        *_torch(),
        *_shared_memory(),
    ]


def exit_code(checks: list[Check]) -> int:
    """2 when something is broken, else 0."""
    return 2 if any(check.status == "broken" for check in checks) else 0


def render_checks(checks: list[Check]) -> str:
    """The report as text, one line a check, mends below what they mend."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        status = check.status.upper() if check.status == "broken" else check.status
        lines.append(f"{status:6}  {check.name:{width}}  {check.detail}")
        if check.fix is not None:
            lines.append(f"{'':6}  {'':{width}}  fix: {check.fix}")
    broken = [check.name for check in checks if check.status == "broken"]
    lines += ["", f"broken: {', '.join(broken)}" if broken else "ready: nothing is broken"]
    return "\n".join(lines)


def _installation() -> Iterator[Check]:
    folder = Path(__file__).parent
    yield Check("python", "ok", f"{platform.python_version()} on {platform.platform()}")
    version = version_of(DISTRIBUTION)
    if version is not None:
        yield Check(DISTRIBUTION, "ok", f"{version} in {folder}")
        return
    yield Check(
        DISTRIBUTION,
        "broken",
        f"effunet runs from {folder}, but {DISTRIBUTION} is not installed",
        fix=f"pip install -e {folder.parent}",
    )


def _requirements() -> Iterator[Check]:
    for requirement in _declared():
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        version = version_of(requirement.name)
        fix = f'pip install "{requirement}"'
        if version is None:
            yield Check(requirement.name, "broken", "is not installed", fix=fix)
        elif not requirement.specifier.contains(version, prereleases=True):
            needed = f"{version}, but {requirement.specifier} is needed"
            yield Check(requirement.name, "broken", needed, fix=fix)
        else:
            yield Check(requirement.name, "ok", version)


def _rivals() -> Iterator[Check]:
    for name, (harm, fix) in _RIVALS.items():
        version = version_of(name)
        if version is not None:
            yield Check(name, "broken", f"{version}: {harm}", fix=fix)
    for name, versions in _MALICIOUS.items():
        version = version_of(name)
        if version in versions:
            harm = f"{version} is a malicious release that steals credentials"
            fix = f"pip uninstall -y {name}, then replace every credential this machine holds"
            yield Check(name, "broken", harm, fix=fix)


def _extras() -> Iterator[Check]:
    if version_of(DISTRIBUTION) is None:
        return
    for extra in metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or []:
        if extra in _DEVELOPERS_EXTRAS:
            continue
        wanted = [
            requirement.name
            for requirement in _declared()
            if requirement.marker is not None and requirement.marker.evaluate({"extra": extra})
        ]
        missing = [name for name in wanted if version_of(name) is None]
        if missing:
            detail = f"not installed: {', '.join(missing)}"
            yield Check(f"[{extra}]", "note", detail, fix=f'pip install "{DISTRIBUTION}[{extra}]"')
        else:
            yield Check(f"[{extra}]", "ok", "installed")


def _torch() -> Iterator[Check]:
    try:
        import torch  # here, because a torch that cannot be imported is one of the findings

        from .precision import choose_precision
    except (ImportError, OSError) as error:
        yield Check("torch", "broken", f"cannot be imported: {error}", fix=_MEND_TORCH)
        return
    yield _torchvision(torch)
    yield from _device(torch)
    yield Check("processor", "ok", describe_processor())
    precision = choose_precision(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    layout = "channels_last" if precision.channels_last else "channels_first"
    yield Check("precision", "ok", f"{precision.name}, {layout}: {precision.reason}")


def _torchvision(torch: ModuleType) -> Check:
    """Whether torchvision's operators load into this torch, found by loading its library alone.

    A CPU-only torch beside the registry's torchvision, or any two of different releases, ends at
    import with ``operator torchvision::nms does not exist``.
    """
    name = "torch and torchvision"
    spec = importlib.util.find_spec("torchvision")
    if spec is None or not spec.submodule_search_locations:
        return Check(name, "broken", "torchvision is not installed", fix=_MEND_TORCH)
    folder = Path(spec.submodule_search_locations[0])
    problem = None
    try:
        for library in folder.glob("_C*.so"):
            torch.ops.load_library(library)
    except OSError as error:
        problem = str(error).splitlines()[0]
    if problem is None and not hasattr(torch.ops.torchvision, "nms"):
        problem = "operator torchvision::nms does not exist"
    if problem is not None:
        versions = f"torch {torch.__version__}, torchvision {version_of('torchvision')}"
        return Check(name, "broken", f"do not fit together ({versions}): {problem}", _MEND_TORCH)
    return Check(name, "ok", f"fit together ({torch.__version__})")


def _device(torch: ModuleType) -> Iterator[Check]:
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        memory = f"{properties.total_memory / 2**30:.0f} GiB"
        yield Check("device", "ok", f"cuda:{index} {properties.name}, {memory}")
    if torch.cuda.is_available():
        return
    if torch.backends.mps.is_available():
        yield Check("device", "ok", "mps")
        return
    yield Check("device", "ok", f"cpu, {torch.get_num_threads()} threads")
    if _NVIDIA_DRIVER.exists():
        yield Check(
            "cuda",
            "note",
            f"there is an NVIDIA driver, but torch {torch.__version__} cannot use it",
            fix="update the driver, or install the torch built for the CUDA that nvidia-smi names",
        )


def _shared_memory() -> Iterator[Check]:
    if not _SHARED_MEMORY.is_dir():
        return
    status = os.statvfs(_SHARED_MEMORY)
    free = status.f_bavail * status.f_frsize
    detail = f"{free / 2**30:.1f} GiB free in {_SHARED_MEMORY}"
    if free >= _ENOUGH_SHARED_MEMORY:
        yield Check("shared memory", "ok", detail)
        return
    yield Check(
        "shared memory",
        "note",
        f"{detail}: loader processes may die with a bus error",
        fix="start the container with --shm-size=8g, or use --num_workers 0",
    )


def _declared() -> list[Requirement]:
    try:
        return [Requirement(text) for text in metadata.requires(DISTRIBUTION) or []]
    except metadata.PackageNotFoundError:
        return []
