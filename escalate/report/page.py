"""One self-contained page of a time line: plots, the sentences behind them, articles and actors."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from escalate.actors import dyads
from escalate.errors import require
from escalate.labels import ESCALATION, NEUTRAL
from escalate.report import timeplot
from escalate.target import whole

if TYPE_CHECKING:
    from escalate.readings import Reading, Sentence
    from escalate.timeline import Timeline

SERIES: Final = 12
ROWS: Final = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an article's text as the page shows it: a sentence, or what stands between two."""

    text: str
    sentence: Sentence | None = None


def write_page(timeline: Timeline, target: Path, title: str = "Escalation in the news", plots: Path | None = None) -> None:
    """Write the page; it needs no network, runs only its own script and shows what the articles say as text, never as markup.

    Args:
        timeline: The time line.
        target: The .html file to write.
        title: Heading of the page.
        plots: Folder that also gets each plot as .svg and .png; None writes none.

    Raises:
        MissingExtraError: If the extra "report" is not installed.
        DataError: If a file cannot be written.
    """
    require("report", "jinja2", "matplotlib")
    from jinja2 import Environment, StrictUndefined

    room = files("escalate.report")
    source, style, script = (room.joinpath(name).read_text("utf-8") for name in ("page.html.j2", "page.css", "page.js"))
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    numbers = {reading.article.id: number for number, reading in enumerate(timeline.readings)}
    anchors = {
        sentence.id: f"s-{numbers[reading.article.id]}-{sentence.id.rsplit('/', 1)[1]}"
        for reading in timeline.readings
        for sentence in reading.sentences
    }
    series = _series(timeline)
    page = environment.from_string(source).render(
        title=title,
        style=style,
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        timeline=timeline,
        series=series,
        hidden=timeline.periods["series"].nunique() - len(series),
        anchors=anchors,
        sentences={sentence.id: sentence for reading in timeline.readings for sentence in reading.sentences},
        actors=_named(timeline.readings, pairs=False),
        pairs=_named(timeline.readings, pairs=True),
        rows=ROWS,
        pieces=pieces,
        level=level,
        neutral=NEUTRAL,
        escalation=ESCALATION,
    )
    with whole(target) as partial:
        partial.write_bytes(page.encode("utf-8", "replace"))
    for number, found in enumerate(series if plots else [], start=1):
        for suffix in ("svg", "png"):
            panel = (found["name"], found["frame"], found["changes"])
            timeplot.save([panel], (plots or target) / f"series-{number}.{suffix}")


def _series(timeline: Timeline) -> list[dict[str, Any]]:
    """Return the series with most sentences, each with its drawing and the sentences of each period."""
    sizes = timeline.periods.groupby("series")["sentences"].sum().sort_values(ascending=False, kind="stable")
    found = []
    for number, name in enumerate(sizes.index[:SERIES]):
        frame = timeline.periods[timeline.periods["series"] == name].reset_index(drop=True)
        changes = [change for change in timeline.changes if change.series == name]
        members = timeline.sentences[timeline.sentences["series"] == name]
        grouped = {day: part["sentence"].tolist() for day, part in members.groupby("period")}
        rows = [
            {
                "id": f"p-{number}-{place}",
                "day": row["period"].date().isoformat(),
                "row": row,
                "sentences": grouped[row["period"]],
            }
            for place, row in enumerate(frame.to_dict("records"))
        ]
        labels = {
            row["id"]: f"{row['day']}: index {row['row']['index']:+.0f}, {row['row']['sentences']} sentences" for row in rows
        }
        drawing = timeplot.inline(frame, changes, f"g{number}", labels)
        found.append({"name": name, "frame": frame, "changes": changes, "rows": rows, "drawing": drawing})
    return found


def _named(readings: Sequence[Reading], pairs: bool) -> list[tuple[str, list[Sentence]]]:
    """Return actors, or pairs of them in signal sentences, with the sentences of series that name them, most named first."""
    found: dict[str, list[Sentence]] = {}
    for reading in readings:
        for sentence in reading.sentences if reading.in_series else ():
            if sentence.copy_of is None and not (pairs and sentence.prediction.label == NEUTRAL):
                for name in dyads(sentence.actors) if pairs else [actor.name for actor in sentence.actors]:
                    found.setdefault(name, []).append(sentence)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def pieces(reading: Reading) -> list[Piece]:
    """Cut an article's text into its sentences and what stands between them; joined, they are the text."""
    text, found, place = reading.article.text, [], 0
    for sentence in reading.sentences:
        if sentence.start is not None and sentence.end is not None:
            found += [Piece(text[place : sentence.start]), Piece(text[sentence.start : sentence.end], sentence)]
            place = sentence.end
    return [piece for piece in [*found, Piece(text[place:])] if piece.text]


def level(sentence: Sentence) -> int:
    """Return how strong a signal is to look, 0 (neutral) to 3 (a probability of 0.8 and more)."""
    if sentence.prediction.label == NEUTRAL:
        return 0
    return 1 + (sentence.prediction.confidence >= 0.6) + (sentence.prediction.confidence >= 0.8)
