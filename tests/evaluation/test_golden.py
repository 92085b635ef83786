"""The numbers of the official IDD-Lite script, on small drawn masks.

``golden/idd_lite`` holds truth, predictions and what AutoNUE/public-code
``evaluation/idd_lite_evaluate_mIoU.py`` (commit 5d9a93b) printed for them.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from effunet.evaluation import Evaluation, evaluate_predictions

GOLDEN = Path(__file__).parent / "golden" / "idd_lite"
SETS = {
    "val": ("pred", "expected.json"),
    "val_allclasses": ("pred_allclasses", "expected_allclasses.json"),
}


@pytest.fixture(params=SETS)
def scored(request: pytest.FixtureRequest) -> tuple[Evaluation, dict[str, Any]]:
    predictions, expected = SETS[request.param]
    evaluation = evaluate_predictions(
        GOLDEN / predictions, GOLDEN / "gtFine" / request.param, protocol="idd_lite"
    )
    return evaluation, json.loads((GOLDEN / expected).read_text())


def _agree(scores: dict[str, float], expected: dict[str, float | None]) -> bool:
    """Equal within 1e-9, and NaN exactly where the script has it."""
    return scores.keys() == expected.keys() and all(
        math.isnan(scores[name]) if value is None else abs(scores[name] - value) < 1e-9
        for name, value in expected.items()
    )


def test_counts_are_the_scripts(scored: tuple[Evaluation, dict[str, Any]]) -> None:
    evaluation, expected = scored
    assert evaluation.counts.tolist() == expected["confusion_matrix"]
    assert evaluation.images == expected["pairs"]


def test_class_scores_are_the_scripts(scored: tuple[Evaluation, dict[str, Any]]) -> None:
    evaluation, expected = scored
    assert _agree(evaluation.iou, expected["classes_7"])


def test_means_are_the_scripts(scored: tuple[Evaluation, dict[str, Any]]) -> None:
    evaluation, expected = scored
    means = {
        "official_mean_7": expected["mean_7"],
        "official_mean_8": expected["level1_8_rows_mean"],
    }
    assert _agree(evaluation.official, means)
    # ours leaves absent classes out instead of making everything NaN
    without_nan = expected["not_official"]["mean_7_ignoring_nan"]
    assert evaluation.miou == pytest.approx(without_nan, abs=1e-9)


def test_json_has_null_where_the_script_has_nan(scored: tuple[Evaluation, dict[str, Any]]) -> None:
    evaluation, expected = scored
    written = evaluation.to_json()
    assert (written["official_mean_7"] is None) == (expected["mean_7"] is None)
    assert [written["iou"][name] is None for name in expected["classes_7"]] == [
        value is None for value in expected["classes_7"].values()
    ]
