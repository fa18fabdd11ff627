"""Columns and tables of other libraries: pandas, Polars, Arrow, datasets, Spark."""

import itertools
import shutil
import sys
import tracemalloc

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from escalate.batch import score_columns
from escalate.predict import Predictor

TEXTS = ["alpha rebels", "the beta truce", "", "gamma river"]
LABELS = ["escalation", "de-escalation", "neutral", "neutral"]


@pytest.fixture(scope="module")
def predictor(tiny_bundle):
    return Predictor.load(tiny_bundle)


COLUMNS = {
    "pandas": pd.Series,
    "pandas with an index": lambda texts: pd.Series(texts, index=[9, 5, 5, 2][: len(texts)]),
    "pandas of objects": lambda texts: pd.Series(texts, dtype=object),
    "polars": pl.Series,
    "arrow": lambda texts: pa.array(texts, pa.large_string()),
    "arrow in chunks": lambda texts: pa.chunked_array([texts[:1], texts[1:]]),
    "arrow dictionary": lambda texts: pa.array(texts, pa.string()).dictionary_encode(),
    "numpy": lambda texts: np.array(texts, dtype=object),
    "datasets": lambda texts: datasets.Dataset.from_dict({"text": texts})["text"],
}
TABLES = [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, lambda data: pa.RecordBatch.from_pydict(data)]


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_a_column_is_read_as_its_list_is(predictor, column):
    assert predictor.predict(column(TEXTS), batch_size=3) == predictor.predict(TEXTS)
    assert predictor.predict(column(TEXTS)[:0]) == []


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_a_null_in_a_column_names_its_position(predictor, column):
    with pytest.raises(TypeError, match=r"texts\[3\] is .*every text must be a str"):
        predictor.predict(column(["a", "b", "c", None]), batch_size=2)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_refused_with_the_way_to_a_column(predictor, table):
    with pytest.raises(TypeError, match=r"expected .*choose one, as in table\['text'\]"):
        predictor.predict(table({"text": TEXTS}))


def test_an_endless_stream_takes_no_more_memory_the_longer_it_runs(predictor):
    def peak(count):
        tracemalloc.start()
        stream = predictor.iter((f"alpha rebels {number}" for number in itertools.count()), batch_size=16)
        assert sum(found.label == "escalation" for found in itertools.islice(stream, count)) == count
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(500)
    assert peak(4000) < 2 * peak(500)


def test_the_scored_columns_are_an_arrow_table_that_others_take(predictor):
    found = score_columns(predictor, pd.Series(TEXTS), prefix="e_")
    assert found.column("e_label").to_pylist() == LABELS
    assert found.column("e_empty").to_pylist() == [False, False, True, False]
    assert pl.DataFrame(found).columns == list(found.to_pandas().columns) == found.column_names


def test_a_dataset_is_mapped_in_batches(predictor):
    dataset = datasets.Dataset.from_dict({"text": TEXTS})
    scored = dataset.map(lambda batch: score_columns(predictor, batch["text"]).to_pydict(), batched=True, batch_size=3)
    assert list(scored["text"]) == TEXTS
    assert list(scored["label"]) == LABELS


def test_spark_maps_partitions_of_frames(tiny_bundle, monkeypatch):
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    bundle = str(tiny_bundle)
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)

    def score(frames):
        predictor = Predictor.load(bundle, threads=1)
        for frame in frames:
            yield frame.join(score_columns(predictor, frame["text"]).to_pandas().set_index(frame.index))

    session = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        table = session.createDataFrame([*enumerate(TEXTS), (9, None)], "id long, text string").repartition(2)
        extra = (
            "label string, `p_escalation` float, `p_de-escalation` float, `p_neutral` float, "
            "score float, truncated boolean, empty boolean"
        )
        scored = table.where("text is not null").mapInPandas(score, f"id long, text string, {extra}")
        assert [(row.text, row.label) for row in scored.orderBy("id").collect()] == list(zip(TEXTS, LABELS, strict=True))
    finally:
        session.stop()
