"""What the speed benchmark found, as Markdown."""

from __future__ import annotations

from typing import Any, Final

_HEADER: Final = (
    "", "sentences/s", "times the pipeline", "one sentence: p50, p99", "shortest, longest tenth", "on disk", "macro-F1",
)  # fmt: skip


def speed_table(results: dict[str, Any]) -> str:
    """Write the results of the speed benchmark as Markdown.

    Args:
        results: A results file of `benchmarks.speed`.

    Returns:
        A row for each contender, slowest first, then what streams and cold starts cost, and where the figures come from.
    """
    lines = [f"| {' | '.join(_HEADER)} |", f"| {' | '.join('---' for _ in _HEADER)} |"]
    ranked = sorted(results["contenders"].items(), key=lambda item: float(item[1]["rate"]["median"]))
    lines += [f"| {' | '.join([name, *_cells(found)])} |" for name, found in ranked]
    return "\n".join(
        [
            *lines,
            "",
            *_streams(results["streams"]),
            *_explanations(results["explanations"]),
            _cold(results["cold_start"]),
            "",
            _provenance(results),
        ]
    )


def _cells(found: dict[str, Any]) -> list[str]:
    rate, ratio, latency, quality = found["rate"], found["ratio"], found["latency"], found["quality"]
    return [
        f"{rate['median']:,.0f} [{rate['lowest']:,.0f}, {rate['highest']:,.0f}]",
        f"{ratio['median']:.1f} [{ratio['lowest']:.1f}, {ratio['highest']:.1f}]",
        f"{latency['p50'] * 1e3:.1f}, {latency['p99'] * 1e3:.1f} ms",
        f"{found['shortest']['median']:,.0f}, {found['longest']['median']:,.0f}",
        "–" if found["bytes"] is None else f"{found['bytes'] / 2**20:,.0f} MB",
        "–" if quality is None else f"{quality['macro_f1']:.3f} ({quality['split']})",
    ]


def _streams(streams: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = []
    for name, marks in streams.items():
        times = ", ".join(f"{mark['sentences']:,} in {mark['seconds']:,.1f} s" for mark in marks)
        lines.append(f"* A stream through `{name}`: {times}; at most {marks[-1]['peak_rss'] / 2**20:,.0f} MB of memory.")
    return lines


def _explanations(found: dict[str, dict[str, float]]) -> list[str]:
    return [
        f"* `explain` with `{name}`: {seconds['mean'] * 1e3:.0f} ms a sentence, "
        f"at most {seconds['p90'] * 1e3:.0f} ms for nine of ten."
        for name, seconds in found.items()
    ]


def _cold(found: dict[str, dict[str, float]]) -> str:
    seconds = {name: values["median"] for name, values in found.items()}
    return (
        f"* A fresh process that predicts one sentence: {seconds['escalate']:.2f} s, with transformers.pipeline "
        f"{seconds['pipeline']:.2f} s, {seconds['pipeline'] / seconds['escalate']:.1f} times as long; `import escalate` takes "
        f"{(seconds['import'] - seconds['python']) * 1e3:.0f} ms."
    )


def _provenance(results: dict[str, Any]) -> str:
    drawn, machine = results["sentences"], results["machine"]
    best = max(results["batch_sizes"], key=lambda size: float(results["batch_sizes"][size]))
    features = ", ".join(machine["features"] or ()) or "no special instructions known"
    packages = ", ".join(f"{name} {results['versions'][name]}" for name in ("onnxruntime", "transformers", "torch"))
    hashes = [
        *(f"`{path}` {sha256[:12]}" for path, sha256 in results["data"].items()),
        *(f"bundle {name} {sha256[:12]}" for name, sha256 in results["bundles"].items()),
    ]
    return (
        f"{drawn['count']} sentences of {drawn['words']:.0f} words and {drawn['tokens']:.0f} tokens on average, by turns; "
        f"median [lowest, highest] of {results['repeats']} turns; the pipeline at its best batch size, {best}. "
        f"{machine['cores']} cores of {machine['processor']} ({features}); {packages}. "
        f"Command: `{results['command']}`; seed {results['seed']}; SHA-256: {', '.join(hashes)}."
    )
