"""What a benchmark task is: rows with a polarity, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from escalate.labels import DE_ESCALATION, ESCALATION, NEUTRAL

CONFLICT, COOPERATION, NEITHER = 1, -1, 0
"""The polarities."""

POLARITY = {ESCALATION: CONFLICT, DE_ESCALATION: COOPERATION, NEUTRAL: NEITHER}
"""The polarity of the project's own labels."""


class Row(NamedTuple):
    """A text to be read.

    `code` is the class that its coders gave, `label` the project's label that it stands for (None where it stands for none),
    `polarity` 1 for conflict, -1 for cooperation and 0 for neither; rows of one `group` are drawn together for intervals.
    """

    text: str
    code: str
    label: str | None
    polarity: int
    group: str


class Published(NamedTuple):
    """A figure that others report, with what it measures; never computed here."""

    model: str
    measure: str
    value: float
    source: str


@dataclass(frozen=True)
class Source:
    """Where a third party's file comes from.

    Attributes:
        repository: Owner and name on GitHub.
        commit: The pinned commit.
        upstream: Half ("dev", "test") -> path in the repository; the same path twice where upstream has one file.
        licence: The licence, in words.
        sha256: Path in the repository -> SHA-256 of the file. A file not listed here is identified by its commit, and its hash
            is noted when it is fetched and insisted on from then on.
        divided: Whether a half can be told in the upstream files; otherwise it must be given as a file of its own.
    """

    repository: str
    commit: str
    upstream: Mapping[str, str]
    licence: str
    sha256: Mapping[str, str] = field(default_factory=dict)
    divided: bool = True

    def address(self, half: str) -> str:
        """Return the address of a half's file."""
        return f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{self.upstream[half]}"


@dataclass(frozen=True)
class Task:
    """A benchmark task, declared in one file.

    Attributes:
        name: Short name, also of its results file.
        title: What it measures, in a line.
        file: A file of the project's own, or the source of a third party's.
        read: Reads the file, of either form, given the half that is asked for.
        labels: Whether its rows have the project's three labels; otherwise polarity alone is measured.
        classes: Code -> name of the class, for tasks that can be learnt in cross-validation.
        shares: Tasks with which it has sentences in common.
        published: Figures that others report.
    """

    name: str
    title: str
    file: Path | Source
    read: Callable[[Path, str], list[Row]]
    labels: bool = True
    classes: Mapping[str, str] = field(default_factory=dict)
    shares: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()
