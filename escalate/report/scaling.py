"""The plan for a large archive, from the measured rates."""

from __future__ import annotations

import math
from typing import Any


def scaling_table(results: dict[str, Any]) -> str:
    """Write the measured rates as a Markdown table.

    Args:
        results: A results file of `benchmarks.scaling`.

    Returns:
        Rows, workers, rows a second and peak memory of each run.
    """
    lines = ["| rows | workers | rows/s | peak memory |", "| --- | --- | --- | --- |"]
    for run in results["runs"]:
        lines.append(f"| {run['rows']:,} | {run['workers']} | {run['rate']:,.0f} | {run['peak_rss'] / 2**20:,.0f} MB |")
    return "\n".join(lines)


def archive_plan(
    results: dict[str, Any], sentences: int = 300_000_000, nodes: int = 10, cores: int = 32, shard_rows: int = 20_000
) -> str:
    """Reckon what scoring an archive of the size of GDELT's would take.

    The rate of one core is that of the longest run with one worker; an actor of Ray works on one core and shares nothing, and
    what one process can read and write is not counted.

    Args:
        results: A results file of `benchmarks.scaling`.
        sentences: Sentences of the archive.
        nodes: Nodes of the cluster.
        cores: Cores of a node.
        shard_rows: Rows of a shard.

    Returns:
        The plan as a Markdown list, with the command.
    """
    longest = max((run for run in results["runs"] if run["workers"] == 1), key=lambda run: run["rows"])
    hours = sentences / longest["rate"] / 3600
    actors = nodes * cores
    lost = shard_rows / longest["rate"]
    return "\n".join(
        [
            f"* one core: {longest['rate']:,.0f} sentences a second, so {sentences:,} sentences take {hours:,.0f} core-hours",
            f"* {nodes} nodes of {cores} cores: {hours / actors:,.1f} hours with {actors} actors",
            f"* {math.ceil(sentences / shard_rows):,} shards of {shard_rows:,} rows; a lost node costs at most {lost:,.0f} s "
            "of each of its cores",
            f"* `escalate score archive/ --out scored/ --engine ray --address auto --workers {actors}`",
        ]
    )
