"""The page of a scoring shows what was scored worst."""

import pickle
import re
from pathlib import Path

import numpy as np

from effunet.evaluation import evaluate_predictions, write_report
from effunet.imaging import decode_image, write_mask
from effunet.labels import LABEL_SPACES

IDD_LITE = LABEL_SPACES["idd_lite"]


def test_ready_made_masks_have_a_page_with_the_worst_first(tmp_path: Path) -> None:
    palette = IDD_LITE.palette_array()
    labels, predictions = tmp_path / "labels", tmp_path / "<masks>"
    for index in range(15):
        mask = np.zeros((10, 12), np.uint8)
        write_mask(labels / f"{index}_label.png", mask, palette)
        preds = mask.copy()
        preds[:, :index] = 1  # so many of twelve columns are wrong
        write_mask(predictions / f"{index}_image.png", preds[:, :12], palette)
    scores = evaluate_predictions(predictions, labels, label_space=IDD_LITE)
    page = write_report(scores, tmp_path / "out").read_text()
    shown = re.findall(r"<figcaption>(\d+): ([\d.]+)% of its pixels wrong", page)
    assert [int(key) for key, _ in shown[3:]] == list(range(11, 2, -1))
    assert shown[:3] == [("12", "100.0"), ("13", "100.0"), ("14", "100.0")]
    assert "<masks>" not in page
    assert "truth, prediction, and what is wrong" in page
    assert decode_image(scores.worst[0].plot().png).shape[2] == 3
    again = pickle.loads(pickle.dumps(scores))  # as a pool of processes hands it back
    assert again.worst[3].plot().png == scores.worst[3].plot().png
