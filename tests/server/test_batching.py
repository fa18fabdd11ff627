import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from escalate.predict import Predictor
from escalate.server.batching import BatchedRuntime, Deadline, OverdueError, StoppedError, deadline


class Slow:
    """A runtime that can be held, and answers each text with the sum of its ids."""

    name = "slow"

    def __init__(self):
        self.free = threading.Event()
        self.begun = threading.Event()
        self.batches = []

    def logits(self, token_ids):
        self.begun.set()
        assert self.free.wait(30)
        self.batches.append([ids[0] for ids in token_ids])
        if any(ids[0] < 0 for ids in token_ids):
            raise ValueError("negative")
        return np.array([[sum(ids)] for ids in token_ids], dtype=np.float32).reshape(len(token_ids), 1)


@pytest.fixture
def slow():
    return Slow()


@pytest.fixture
def asked(slow):
    """Ask from a thread of its own, in a known order, while the first text holds the runtime."""
    runtime = BatchedRuntime(slow, batch=4)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(runtime.logits, [[100]])
        assert slow.begun.wait(30)

        def ask(*ids):
            waiting = len(runtime._jobs)
            future = pool.submit(runtime.logits, [[number] for number in ids])
            while len(runtime._jobs) == waiting:
                time.sleep(0.001)
            return future

        yield ask
        slow.free.set()
        first.result(30)
        runtime.close()


def test_what_gathers_during_a_batch_makes_the_next_in_equal_parts(slow, asked):
    long, short = asked(1, 2, 3, 4, 5, 6), asked(7)
    slow.free.set()
    assert long.result(30).ravel().tolist() == [1, 2, 3, 4, 5, 6]
    assert short.result(30).ravel().tolist() == [7]
    assert slow.batches == [[100], [1, 2, 7], [3, 4, 5, 6]]


def test_a_failure_belongs_to_those_who_were_in_the_batch(slow, asked):
    bad = asked(-1, 2, 3, 4, 5, 6, 7, 8)
    slow.free.set()
    with pytest.raises(ValueError, match="negative"):
        bad.result(30)
    assert slow.batches == [[100], [-1, 2, 3, 4]]


@pytest.mark.parametrize(("seconds", "then"), [(0.05, lambda _: None), (60, Deadline.give_up)])
def test_an_overdue_request_is_given_up_and_not_read(slow, seconds, then):
    runtime, limit = BatchedRuntime(slow), Deadline(seconds)

    def late():
        deadline.set(limit)
        return runtime.logits([[1]])

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(runtime.logits, [[100]])
        assert slow.begun.wait(30)
        waiting = pool.submit(late)
        then(limit)
        with pytest.raises(OverdueError):
            waiting.result(30)
        slow.free.set()
        held.result(30)
        assert runtime.logits([[2]]).tolist() == [[2]]
    assert slow.batches == [[100], [2]]
    runtime.close()


def test_after_closing_nothing_is_read(slow):
    slow.free.set()
    runtime = BatchedRuntime(slow)
    assert runtime.logits([]).shape == (0, 1)
    assert runtime.alive
    runtime.close()
    assert not runtime.alive
    with pytest.raises(StoppedError):
        runtime.logits([[1]])


def test_predictions_are_those_of_the_predictor_alone():
    alone = Predictor.load(abstain_below=0.9)
    sizes: list[int] = []
    runtime = BatchedRuntime(alone.runtime, 2, sizes.append)
    texts = ["Rebels shelled the town.", "", "Both armies stopped firing.", "The museum reopens in spring."]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: alone.on(runtime).predict(texts), range(4)))
    runtime.close()
    assert all(one == alone.predict(texts) for one in found)
    assert max(sizes) == 2
    assert sum(sizes) == 12
