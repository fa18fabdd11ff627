"""Files of any size and clusters: `score_files`, and what Ray, Spark, pandas and `datasets` need to score their own tables.

With Spark, `mapInPandas` loads the bundle once a partition:

    def score(frames):
        predictor = Predictor.load(threads=1)
        for frame in frames:
            yield frame.join(score_columns(predictor, frame["text"]).to_pandas().set_index(frame.index))

    extra = "label string, `p_escalation` float, `p_de-escalation` float, `p_neutral` float, score float, truncated boolean, " \
        "empty boolean"
    scored = table.where("text is not null").mapInPandas(score, f"id long, text string, {extra}")

With `datasets`:

    scored = dataset.map(lambda batch: score_columns(predictor, batch["text"]).to_pydict(), batched=True)

With Ray Data: `score_dataset(ds)`.
"""

from escalate.batch.columns import score_columns
from escalate.batch.ray import score_dataset
from escalate.batch.score import Summary, score_files

__all__ = ["Summary", "score_columns", "score_dataset", "score_files"]
