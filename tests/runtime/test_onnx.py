"""Sentences of one length together: what a sentence is told is the same to the last bit, whatever its company."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.bundle import load, shipped
from escalate.runtime.base import Tokenizer
from escalate.runtime.onnx import OnnxRuntime

NEWS = [
    "Rebels shelled the outskirts of the capital for a third night.",
    "The two foreign ministers will meet in Geneva for the first time in nine years.",
    "Both armies stopped firing at midnight under the truce.",
    "THE NAVY SENT TWO DESTROYERS TOWARD THE DISPUTED REEF.",
    "Parliament meets on Tuesday.",
    "Parliament met on Tuesday.",
    "Nobody spoke of it in Geneva.",
    "!!! ??? ... \u2014 \U0001f600",
    "Yes.",
]


@pytest.mark.parametrize("name", shipped())
def test_company_and_order_change_nothing_at_all(name):
    bundle = load(name)
    runtime = OnnxRuntime(bundle.model, threads=2)
    ids = [tokens.ids for tokens in Tokenizer(bundle.tokenizer, 256)(NEWS)]
    alone = np.concatenate([runtime.logits([one]) for one in ids])
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(len(ids)), 40))
    np.testing.assert_array_equal(runtime.logits([ids[row] for row in order]), alone[order])


def test_nothing_in_nothing_out(tiny_bundle):
    assert OnnxRuntime(load(tiny_bundle).model).logits([]).shape == (0, 3)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=12), max_size=40))
def test_rows_come_in_the_order_given(tiny_bundle, texts):
    runtime = OnnxRuntime(load(tiny_bundle).model, threads=2)
    alone = [runtime.logits([ids])[0] for ids in texts]
    np.testing.assert_array_equal(runtime.logits(texts), np.reshape(alone, (len(texts), 3)))
