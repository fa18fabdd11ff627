import pytest
import torch

from escalate.training.losses import class_weights, divergence

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
