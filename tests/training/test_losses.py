import math
from types import SimpleNamespace

import pytest
import torch

from escalate.training.losses import (
    Objective,
    class_weights,
    divergence,
    polarity_loss,
    soft_cross_entropy,
    supervised_contrastive,
)

SHARES = [0.15, 0.1, 0.75]


def test_no_power_weighs_every_row_the_same():
    assert class_weights(SHARES, 0) == pytest.approx([1, 1, 1])


def test_full_power_gives_every_class_the_same_total():
    weights = class_weights(SHARES, 1)
    assert [weight * share for weight, share in zip(weights, SHARES, strict=True)] == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("power", [0, 0.3, 1])
def test_the_mean_weight_of_a_row_is_one_and_an_absent_class_has_none(power):
    weights = class_weights([0.4, 0.6, 0.0], power)
    assert weights[0] * 0.4 + weights[1] * 0.6 == pytest.approx(1)
    assert weights[2] == 0


def test_two_passes_that_say_the_same_do_not_diverge_and_others_do_alike_both_ways():
    first, second = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[2.0, 1.0], [0.0, 0.0]])
    assert divergence(first, first).item() == 0
    assert divergence(first, second).item() == pytest.approx(divergence(second, first).item())
    assert divergence(first, second).item() > 0


def test_the_soft_cross_entropy_is_least_where_the_student_says_what_the_teacher_says():
    logits = torch.tensor([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]])
    said = torch.softmax(logits / 3, dim=-1)
    same = soft_cross_entropy(logits, said, 3.0)
    assert same == pytest.approx((-(said * said.log()).sum(dim=-1) * 9).tolist())
    assert (soft_cross_entropy(logits + torch.tensor([1.0, 0.0, 0.0]), said, 3.0) > same).all()


def test_the_contrastive_loss_draws_a_label_together_and_passes_over_rows_alone():
    near, far = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]])
    labels = torch.tensor([0, 0, 1])
    assert supervised_contrastive(near, labels, 0.3) < supervised_contrastive(far, labels, 0.3)
    assert supervised_contrastive(near, torch.tensor([0, 1, 2]), 0.3).item() == 0


def test_rows_without_a_label_learn_from_the_teacher_alone():
    outputs = SimpleNamespace(logits=torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
    teacher = torch.tensor([[0.9, 0.1], [0.2, 0.8]])
    objective = Objective(weights=[1.0, 1.0], teaching=0.25, softness=2.0)
    soft = soft_cross_entropy(outputs.logits, teacher, 2.0)
    without = objective(outputs, {"labels": torch.tensor([-100, -100]), "teacher": teacher})
    assert without.item() == pytest.approx(soft.mean().item())
    mixed = objective(outputs, {"labels": torch.tensor([0, -100]), "teacher": teacher})
    hard = torch.nn.functional.cross_entropy(outputs.logits[:1], torch.tensor([0]))
    assert mixed.item() == pytest.approx((0.75 * hard / 2 + (0.25 * soft[0] + soft[1]) / 2).item())


def test_a_batch_without_a_label_and_without_a_teacher_costs_nothing():
    outputs = SimpleNamespace(logits=torch.ones(2, 2, requires_grad=True))
    loss = Objective(weights=[1.0, 1.0])(outputs, {"labels": torch.tensor([-100, -100])})
    loss.backward()
    assert loss.item() == 0


def slopes(logits, polarity):
    """Return the gradient of the polarity loss, with a tenth of doubt."""
    read = torch.tensor(logits, requires_grad=True)
    (found,) = torch.autograd.grad(polarity_loss(read, torch.tensor(polarity), (0, 1), 0.1), read)
    return found


def test_the_polarity_loss_draws_the_signals_apart_and_leaves_the_neutral_output_alone():
    found = slopes([[2.0, 0.0, 5.0], [0.0, 3.0, 1.0], [1.0, 0.0, 0.0]], [0.0, 0.5, -100.0])
    assert found[:, 2].tolist() == [0, 0, 0]
    assert found[0, 0] > 0 > found[0, 1]
    assert found[1, 0] < 0 < found[1, 1]
    assert found[2].tolist() == [0, 0, 0]


def test_the_polarity_loss_is_least_at_the_odds_that_doubt_leaves():
    assert slopes([[math.log(9), 0.0, 7.0]], [1.0]).abs().max().item() < 1e-6


def test_a_row_with_a_polarity_counts_the_same_in_every_batch():
    logits, said = torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.5, 0.0]]), torch.tensor([1.0, -100.0, 0.0])
    one_by_one = [polarity_loss(logits[i : i + 1], said[i : i + 1], (0, 1), 0.0).item() for i in range(3)]
    assert polarity_loss(logits, said, (0, 1), 0.0).item() == pytest.approx(sum(one_by_one) / 3)


def test_the_polarity_is_added_to_the_loss_with_its_weight():
    outputs = SimpleNamespace(logits=torch.tensor([[1.0, 0.0, 2.0], [0.0, 2.0, 1.0]]))
    targets = {"labels": torch.tensor([2, 1]), "polarity": torch.tensor([0.0, -100.0])}
    plain = Objective(weights=[1.0] * 3)(outputs, targets)
    added = Objective(weights=[1.0] * 3, polarity=0.5, signals=(0, 1), doubt=0.1)(outputs, targets)
    apart = polarity_loss(outputs.logits, targets["polarity"], (0, 1), 0.1)
    assert added.item() == pytest.approx(plain.item() + 0.5 * apart.item())
