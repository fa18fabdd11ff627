"""Time lines as files: CSV, Parquet and JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from escalate.errors import ConfigError, require
from escalate.target import check_targets, whole

if TYPE_CHECKING:
    from escalate.timeline import Timeline

KINDS: Final = (".csv", ".parquet", ".json")


def check_target(target: Path | None) -> None:
    """Raise an EscalateError, before any work, if a file is of an unknown kind, needs a missing extra or cannot be written."""
    if target is not None and target.suffix.lower() not in KINDS:
        raise ConfigError(f"{target}: unknown kind of file; known are {', '.join(KINDS)}")
    if target is not None and target.suffix.lower() == ".parquet":
        require("timeline", "pyarrow")
    check_targets(target)


def write_frame(timeline: Timeline, target: Path) -> None:
    """Write a time line, whole or not at all.

    Args:
        timeline: The time line.
        target: .csv and .parquet hold the rows of `escalate.timeline`; .json holds them as "periods", and also "changes",
            "sentences" (every sentence, by id, with its text, label and place in its article), "membership" (which sentences
            make which period of which series), "copies" (near-copies of articles, which have no sentences here), "undated" and
            "foreign" (articles in no series).

    Raises:
        ConfigError: If the kind of file is unknown.
        DataError: If the file cannot be written.
    """
    check_target(target)
    kind = target.suffix.lower()
    with whole(target) as partial:
        if kind == ".csv":
            timeline.periods.to_csv(partial, index=False)
        elif kind == ".parquet":
            timeline.periods.to_parquet(partial, index=False)
        else:
            content = as_dict(timeline)
            partial.write_bytes(json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "replace"))


def as_dict(timeline: Timeline) -> dict[str, Any]:
    """Return a time line as plain values for JSON.

    Args:
        timeline: The time line.

    Returns:
        "by", "frequency", "periods", "changes", "sentences", "membership", "copies", "undated" and "foreign"; see
        `write_frame`.
    """
    members = timeline.sentences.groupby(["series", "period"])["sentence"].apply(list).reset_index()
    return {
        "by": timeline.by,
        "frequency": timeline.frequency,
        "periods": json.loads(timeline.periods.to_json(orient="records", date_format="iso")),
        "changes": [{**asdict(change), "direction": change.direction} for change in timeline.changes],
        "sentences": [sentence.to_dict() for reading in timeline.readings for sentence in reading.sentences],
        "membership": json.loads(members.to_json(orient="records", date_format="iso")),
        "copies": [
            {"article": copy, "date": date, "copy_of": reading.article.id}
            for reading in timeline.readings
            for copy, date in zip(reading.copies, reading.copy_dates, strict=True)
        ],
        "undated": list(timeline.undated),
        "foreign": list(timeline.foreign),
    }
