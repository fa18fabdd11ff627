"""Scoring with the tiny bundle."""

import pytest

from escalate.batch import score_files


@pytest.fixture
def score(tiny_bundle, tmp_path):
    def call(*inputs, out="out", **options):
        return score_files(inputs or [tmp_path / "in.jsonl"], tmp_path / out, **{"bundle": tiny_bundle, **options})

    return call
