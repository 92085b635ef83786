import numpy as np
import torch

from effunet.metrics import WrongShares


def test_the_worst_pictures_are_those_with_the_most_wrong_of_their_valid_pixels() -> None:
    random = np.random.default_rng(0)
    wrong = WrongShares(3)
    expected = {}
    for batch in range(4):
        target = random.choice(np.array([0, 1, 2, 255], np.uint8), (3, 5, 7))
        preds = random.integers(0, 3, (3, 5, 7))
        keys = [f"{batch}/{index}" for index in range(3)]
        wrong.update(keys, torch.from_numpy(preds), torch.from_numpy(target))
        for key, truth, guess in zip(keys, target, preds, strict=True):
            valid = truth != 255
            expected[key] = np.mean(truth[valid] != guess[valid])
    worst = wrong.worst(5)
    assert [key for key, _ in worst] == sorted(sorted(expected), key=lambda key: -expected[key])[:5]
    assert all(share == expected[key] for key, share in worst)


def test_a_picture_that_is_void_all_over_is_not_wrong() -> None:
    wrong = WrongShares(2)
    wrong.update(["void"], torch.zeros(1, 2, 2), torch.full((1, 2, 2), 255))
    assert wrong.worst(3) == []
    wrong.update(["half"], torch.zeros(1, 1, 4), torch.tensor([[[0, 1, 255, 255]]]))
    assert wrong.worst(3) == [("half", 0.5)]
    wrong.reset()
    assert wrong.worst(3) == []
