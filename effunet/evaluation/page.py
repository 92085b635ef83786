"""The page of a scoring."""

import math
import shlex
from pathlib import Path

from ..provenance import folded, made_now
from ..report import Finding, Page, write_page
from .evaluation import Evaluation


def write_report(evaluation: Evaluation, folder: Path) -> Path:
    """Write ``report.html`` into ``folder``, whole or not at all, and return its path.

    Raises:
        InputError: It cannot be written, or a picture that it shows is no longer there.
    """
    path, space, origin = folder / "report.html", evaluation.label_space, evaluation.origin
    page = Page(
        title=_title(evaluation),
        subtitle=f"scored on {_data(evaluation)}",
        headline=_headline(evaluation),
        findings=[Finding(note) for note in evaluation.notes],
        tables=[evaluation.class_table()],
        facts=_facts(evaluation),
        plots={"confusion": evaluation.plot().png},
        classes=list(zip(space.names, space.palette, strict=True)),
        mistakes=[each.compared.card(space.palette) for each in evaluation.worst],
        folded=folded(origin.config),
        commands=_next(evaluation),
    )
    write_page(path, page)
    return path


def _title(evaluation: Evaluation) -> str:
    """What was scored: the run, or the folder of masks."""
    origin = evaluation.origin
    if origin.checkpoint is None:
        return Path(origin.data["predictions"]).resolve().name
    return origin.checkpoint.resolve().parent.name


def _data(evaluation: Evaluation) -> str:
    data = evaluation.origin.data
    if "labels" in data:
        return data["labels"]
    return f"{data['split']} of {data['name']}, {data['root']}"


def _headline(evaluation: Evaluation) -> dict[str, str]:
    scores = {**evaluation.scores, "always the commonest class": evaluation.majority_miou}
    return {name: "–" if math.isnan(value) else f"{value:.4f}" for name, value in scores.items()}


def _facts(evaluation: Evaluation) -> dict[str, str]:
    origin = evaluation.origin
    facts = made_now(seconds=origin.seconds, device=origin.device, precision=origin.precision or "")
    facts["counted"] = evaluation.describe()
    if origin.data_sha256 is not None:
        facts["SHA-256 of the data"] = origin.data_sha256[:12]
    if origin.checkpoint is not None:
        facts["model"] = str(origin.checkpoint.absolute())
        facts["SHA-256 of the model"] = (origin.checkpoint_sha256 or "")[:12]
        facts["input scale"] = f"{origin.input_scale:g}"
    if evaluation.unclassified > 0:
        facts["predicted as no class"] = f"{evaluation.unclassified:.2%} of the valid pixels"
    if evaluation.void_share > 0:
        facts["void in the labels"] = f"{evaluation.void_share:.2%} of all pixels"
    return facts


def _next(evaluation: Evaluation) -> list[str]:
    checkpoint = evaluation.origin.checkpoint
    if checkpoint is None:
        return []
    named = shlex.quote(str(checkpoint.absolute()))
    return [f"effunet predict --checkpoint {named} --source PICTURES --overlay"]
