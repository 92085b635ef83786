"""Losses against references written the long way, and the promises made about void pixels."""

import math
from functools import partial

import numpy as np
import pytest
import segmentation_models_pytorch as smp
import torch
from torch import Tensor, distributed
from torch.nn import functional as F

from effunet.config import LossConfig
from effunet.errors import InputError
from effunet.losses import LOSSES, WeightedSum, build_loss, check_loss

VOID = 255
CLASSES = 4


def _build(
    class_weights: Tensor | None = None,
    *,
    terms: dict[str, float] | None = None,
    label_smoothing: float = 0.0,
    focal_gamma: float = 2.0,
    ohem_threshold: float = 0.7,
) -> WeightedSum:
    config = LossConfig(
        terms={"dice": 1.0} if terms is None else terms,
        label_smoothing=label_smoothing,
        focal_gamma=focal_gamma,
        ohem_threshold=ohem_threshold,
    )
    return build_loss(config, ignore_index=VOID, class_weights=class_weights)


def _batch(seed: int = 0, void: float = 0.2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(2, CLASSES, 9, 11, generator=generator)
    mask = torch.randint(
        0, CLASSES - 1, (2, 9, 11), generator=generator
    )  # the last class is absent
    mask[torch.rand(mask.shape, generator=generator) < void] = VOID
    return logits.requires_grad_(), mask


def _lovasz_reference(logits: Tensor, mask: Tensor) -> float:
    """Berman et al. 2018, algorithm 1, over the classes present, by sorting."""
    probs = logits.detach().double().softmax(dim=1).movedim(1, 0).flatten(1).numpy()
    truth = mask.flatten().numpy()
    probs, truth = probs[:, truth != VOID], truth[truth != VOID]
    losses = []
    for index in np.unique(truth):
        foreground = truth == index
        errors = np.abs(foreground - probs[index])
        order = np.argsort(-errors)
        hit = foreground[order]
        jaccard = 1 - (hit.sum() - hit.cumsum()) / (hit.sum() + (~hit).cumsum())
        losses.append(errors[order] @ np.diff(jaccard, prepend=0))
    return float(np.mean(losses))


def _dice_reference(logits: Tensor, mask: Tensor) -> float:
    probs = logits.detach().double().softmax(dim=1).movedim(1, 0).flatten(1).numpy()
    truth = mask.flatten().numpy()
    probs, truth = probs[:, truth != VOID], truth[truth != VOID]
    return 1 - float(
        np.mean(
            [
                2 * probs[index][truth == index].sum() / (probs[index].sum() + sum(truth == index))
                for index in np.unique(truth)
            ]
        )
    )


@pytest.mark.parametrize("name", LOSSES)
def test_void_pixels_get_no_gradient_and_the_others_do(name: str) -> None:
    logits, mask = _batch()
    _build(terms={name: 1.0}, label_smoothing=0.1)(logits, mask).backward()
    assert logits.grad is not None
    per_pixel = logits.grad.abs().sum(dim=1)
    assert not per_pixel[mask == VOID].any()
    assert per_pixel[mask != VOID].any()


@pytest.mark.parametrize("name", LOSSES)
def test_what_the_network_says_on_void_does_not_matter(name: str) -> None:
    logits, mask = _batch()
    loss = _build(terms={name: 1.0}, label_smoothing=0.1)
    other = torch.where((mask == VOID).unsqueeze(1), logits * -3 + 1, logits)
    torch.testing.assert_close(loss(other, mask), loss(logits, mask))


@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_of_void_is_a_zero_that_still_has_a_gradient(name: str) -> None:
    logits, mask = _batch()
    loss = _build(terms={name: 1.0})(logits, torch.full_like(mask, VOID))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


@pytest.mark.parametrize("name", LOSSES)
def test_logits_that_are_not_finite_make_a_loss_that_is_not(name: str) -> None:
    logits, mask = _batch()
    logits.detach()[0, :, 3, 4] = math.nan
    mask[0, 3, 4] = 1
    assert not _build(terms={name: 1.0})(logits, mask).isfinite()


@pytest.mark.parametrize("name", LOSSES)
def test_a_step_down_the_gradient_lowers_the_loss(name: str) -> None:
    logits, mask = _batch()
    loss = _build(terms={name: 1.0})
    before = loss(logits, mask)
    (gradient,) = torch.autograd.grad(before, logits)
    assert loss(logits - 0.1 * gradient / gradient.norm(), mask) < before


@pytest.mark.parametrize("name", LOSSES)
def test_a_right_and_sure_answer_costs_nothing(name: str) -> None:
    _, mask = _batch()
    sure = 200.0 * F.one_hot(mask.clamp_max(CLASSES - 1), CLASSES).movedim(-1, 1).float()
    sure.requires_grad_()
    loss = _build(terms={name: 1.0}, focal_gamma=0.5)(sure, mask)
    loss.backward()
    torch.testing.assert_close(loss, torch.zeros_like(loss), atol=1e-6, rtol=0)
    assert sure.grad is not None
    assert sure.grad.isfinite().all()


@pytest.mark.parametrize("name", LOSSES)
def test_half_precision_logits_are_taken_in_float32(name: str) -> None:
    logits, mask = _batch()
    loss = _build(terms={name: 1.0})
    half = logits.detach().bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under_autocast = loss(half, mask)
    assert under_autocast.dtype == torch.float32
    torch.testing.assert_close(under_autocast, loss(half.float(), mask), rtol=0, atol=0)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_torchs(weighted: bool, smoothing: float) -> None:
    logits, mask = _batch()
    class_weights = torch.tensor([0.5, 1.0, 3.0, 2.0]) if weighted else None
    loss = _build(class_weights, terms={"cross_entropy": 1.0}, label_smoothing=smoothing)
    torch.testing.assert_close(
        loss(logits, mask),
        F.cross_entropy(
            logits, mask, weight=class_weights, ignore_index=VOID, label_smoothing=smoothing
        ),
    )


def test_dice_is_the_mean_over_present_classes() -> None:
    logits, mask = _batch()
    loss = _build(terms={"dice": 1.0})(logits, mask)
    assert loss.item() == pytest.approx(_dice_reference(logits, mask), abs=1e-6)


def test_dice_is_smps_where_every_class_is_present() -> None:
    logits, mask = _batch(void=0.0)
    mask[0, 0] = CLASSES - 1
    reference = smp.losses.DiceLoss("multiclass", from_logits=True)(logits, mask)
    torch.testing.assert_close(_build(terms={"dice": 1.0})(logits, mask), reference)


def test_lovasz_is_the_sorted_one_within_a_bin() -> None:
    logits, mask = _batch()
    loss = _build(terms={"lovasz": 1.0})(logits, mask)
    assert loss.item() == pytest.approx(_lovasz_reference(logits, mask), abs=1e-4)


def test_lovasz_has_the_gradient_of_the_sorted_one() -> None:
    logits, mask = _batch()
    (ours,) = torch.autograd.grad(_build(terms={"lovasz": 1.0})(logits, mask), logits)
    reference = smp.losses.LovaszLoss("multiclass", ignore_index=VOID)(logits, mask)
    (sorted_,) = torch.autograd.grad(reference, logits)
    assert F.cosine_similarity(ours.flatten(), sorted_.flatten(), dim=0) > 0.999
    assert ours.norm() / sorted_.norm() == pytest.approx(1, abs=0.01)


def test_lovasz_of_hard_answers_is_one_minus_iou() -> None:
    _, mask = _batch(void=0.0)
    preds = mask.roll(1, dims=2)
    logits = 200.0 * F.one_hot(preds, CLASSES).movedim(-1, 1)
    iou = [
        float(((mask == i) & (preds == i)).sum() / ((mask == i) | (preds == i)).sum())
        for i in range(CLASSES - 1)
    ]
    loss = _build(terms={"lovasz": 1.0})(logits, mask)
    assert loss.item() == pytest.approx(1 - np.mean(iou), abs=1e-6)


def test_focal_without_focus_is_cross_entropy_and_with_it_turns_from_easy_pixels() -> None:
    logits, mask = _batch()
    plain = _build(terms={"cross_entropy": 1.0})
    torch.testing.assert_close(
        _build(terms={"focal": 1.0}, focal_gamma=0.0)(logits, mask), plain(logits, mask)
    )
    focal = _build(terms={"focal": 1.0}, focal_gamma=2.0)
    easy, hard = torch.zeros(2, 1, CLASSES, 1, 1)
    easy[0, 0], hard[0, 0] = 3.0, -3.0
    first = torch.zeros(1, 1, 1, dtype=torch.long)
    share = [float(focal(logits, first) / plain(logits, first)) for logits in (easy, hard)]
    probability = [float(logits.softmax(dim=1)[0, 0]) for logits in (easy, hard)]
    assert share == pytest.approx([(1 - p) ** 2 for p in probability], rel=1e-4)


def test_ohem_keeps_the_pixels_below_the_threshold() -> None:
    logits, mask = _batch()
    nll = F.cross_entropy(logits, mask, ignore_index=VOID, reduction="none")
    hard = (mask != VOID) & (nll.neg().exp() < 0.7)
    assert 0 < hard.sum() < (mask != VOID).sum()
    loss = _build(terms={"ohem": 1.0}, ohem_threshold=0.7)(logits, mask)
    torch.testing.assert_close(loss, nll[hard].mean())


def test_ohem_keeps_the_hardest_sixteenth_when_all_is_easy() -> None:
    logits = torch.zeros(1, CLASSES, 8, 8)
    logits[:, 0] = torch.linspace(5, 9, 64).view(8, 8)
    mask = torch.zeros(1, 8, 8, dtype=torch.long)
    nll = F.cross_entropy(logits, mask, reduction="none")
    loss = _build(terms={"ohem": 1.0})(logits, mask)
    torch.testing.assert_close(loss, nll.flatten().topk(4).values.mean())


@pytest.mark.parametrize("name", ["cross_entropy", "ohem", "focal"])
def test_class_weights_shift_the_gradient_to_the_heavy_class(name: str) -> None:
    logits, mask = _batch()
    shares = []
    for class_weights in (torch.ones(CLASSES), torch.tensor([10.0, 1.0, 1.0, 1.0])):
        (gradient,) = torch.autograd.grad(
            _build(class_weights, terms={name: 1.0})(logits, mask), logits
        )
        size = gradient.abs().sum(dim=1)
        shares.append(float(size[mask == 0].sum() / size.sum()))
    assert shares[1] > shares[0] + 0.2


@pytest.mark.parametrize("name", ["cross_entropy", "ohem", "focal"])
def test_a_batch_of_weightless_classes_is_finite(name: str) -> None:
    logits, mask = _batch()
    loss = _build(torch.tensor([0.0, 0.0, 0.0, 1.0]), terms={name: 1.0})(logits, mask)
    assert loss.item() == 0


@pytest.mark.parametrize("void_on_one", [False, True])
@pytest.mark.parametrize("name", ["cross_entropy", "ohem", "focal"])
def test_processes_that_average_have_the_loss_of_their_batches_together(
    monkeypatch: pytest.MonkeyPatch, name: str, void_on_one: bool
) -> None:
    logits, mask = _batch()
    mask[0, 3:] = VOID
    if void_on_one:
        mask[0] = VOID
    class_weights = torch.tensor([0.5, 1.0, 3.0, 2.0])
    loss = _build(class_weights, terms={name: 1.0}, ohem_threshold=0.9)
    (whole,) = torch.autograd.grad(together := loss(logits, mask), logits)

    def summed(terms: list[Tensor], weight: Tensor) -> None:  # once both have told their own
        terms.append(weight.clone())
        weight.copy_(torch.stack(terms).sum())

    loss.processes = 2
    weights: list[Tensor] = []
    for _ in range(2):  # the first time to hear what the processes tell
        own: list[Tensor] = []
        for index in range(2):
            others = [] if not weights else [weights[1 - index]]
            monkeypatch.setattr(distributed, "all_reduce", partial(summed, others))
            own.append(loss(logits[index : index + 1], mask[index : index + 1]))
            assert others, "every process takes part, whatever its batch holds"
            weights.append(others[-1])
    shared = torch.stack(own).mean()
    torch.testing.assert_close(shared, together)
    torch.testing.assert_close(torch.autograd.grad(shared, logits)[0], whole)


def test_terms_add_up_by_their_weights() -> None:
    logits, mask = _batch()
    parts = {name: _build(terms={name: 1.0})(logits, mask) for name in LOSSES}
    weights = {name: 0.5 + index for index, name in enumerate(LOSSES)}
    expected = sum(weights[name] * parts[name] for name in LOSSES)
    torch.testing.assert_close(_build(terms=weights)(logits, mask), expected)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (LossConfig(terms={"lovas": 1.0}), "did you mean lovasz"),
        (LossConfig(terms={}), "one must be above 0"),
        (LossConfig(terms={"dice": -1.0}), "not be negative"),
        (LossConfig(class_weights=(1.0, 1.0, 1.0)), "one number for each class"),
        (LossConfig(class_weights=(1.0, 1.0, 1.0, -1.0)), "none of them negative"),
        (LossConfig(class_weights=(1.0, 1.0, 1.0, math.nan)), "one number for each class"),
    ],
)
def test_a_wrong_section_is_one_clear_message(config: LossConfig, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_loss(config, num_classes=CLASSES)
