from xml.etree import ElementTree

from escalate.report.speed import speed_table
from escalate.report.speed_plot import speed_plot


def spread(median):
    return {"median": median, "lowest": 0.9 * median, "highest": 1.2 * median}


def contender(rate, size, quality):
    return {
        "rate": spread(rate), "shortest": spread(2 * rate), "longest": spread(rate / 2), "ratio": spread(rate / 100),
        "latency": {"p50": 1 / rate, "p99": 3 / rate}, "bytes": size, "quality": quality,
    }  # fmt: skip


RESULTS = {
    "command": "the command", "seed": 13, "data": {"a.jsonl": "f" * 64}, "bundles": {"small": "b" * 64}, "repeats": 5,
    "sentences": {"count": 400, "words": 24.6, "tokens": 31.2},
    "machine": {"processor": "x86_64", "cores": 2, "features": ["avx2", "avx512_vnni"], "load": 0.1},
    "versions": {"onnxruntime": "1", "transformers": "2", "torch": "3", "numpy": "4"},
    "batch_sizes": {"1": 50.0, "8": 100.0, "32": 90.0},
    "contenders": {
        "small": contender(1000, 24 * 2**20, {"macro_f1": 0.664, "split": "test"}),
        "static": contender(20_000, 30 * 2**20, {"macro_f1": 0.5, "split": "test"}),
        "pipeline": contender(100, 90 * 2**20, None),
        "majority": contender(100_000, None, None),
    },
    "streams": {
        "small": [
            {"sentences": 1000, "seconds": 1.0, "rate": 1000.0, "peak_rss": 190 * 2**20},
            {"sentences": 2000, "seconds": 2.5, "rate": 667.0, "peak_rss": 200 * 2**20},
        ]
    },
    "explanations": {"small": {"mean": 0.04, "p50": 0.035, "p90": 0.07}},
    "cold_start": {"python": spread(0.02), "import": spread(0.05), "escalate": spread(0.5), "pipeline": spread(6.0)},
}  # fmt: skip


def test_the_table_ranks_by_speed_and_says_where_it_comes_from():
    lines = speed_table(RESULTS).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:6]] == ["| pipeline", "| small", "| static", "| majority"]
    assert lines[3] == "| small | 1,000 [900, 1,200] | 10.0 [9.0, 12.0] | 1.0, 3.0 ms | 2,000, 500 | 24 MB | 0.664 (test) |"
    assert lines[2].endswith("| 90 MB | – |")
    assert lines[5].endswith("| – | – |")
    assert "* A stream through `small`: 1,000 in 1.0 s, 2,000 in 2.5 s; at most 200 MB of memory." in lines
    assert "* `explain` with `small`: 40 ms a sentence, at most 70 ms for nine of ten." in lines
    assert "0.50 s, with transformers.pipeline 6.00 s, 12.0 times as long; `import escalate` takes 30 ms." in lines[9]
    for part in (
        "400 sentences of 25 words and 31 tokens", "of 5 turns", "best batch size, 8", "2 cores of x86_64 (avx2, avx512_vnni)",
        "onnxruntime 1, transformers 2, torch 3", "`the command`; seed 13", "`a.jsonl` ffffffffffff",
        "bundle small bbbbbbbbbbbb",
    ):  # fmt: skip
        assert part in lines[-1]


def test_the_plot_is_the_same_for_the_same_figures_and_names_every_contender(tmp_path):
    for name in ("a.svg", "b.svg"):
        speed_plot(RESULTS, tmp_path / "out" / name)
    first = (tmp_path / "out" / "a.svg").read_text()
    assert first == (tmp_path / "out" / "b.svg").read_text()
    assert ElementTree.fromstring(first).tag.endswith("svg")
    for label in ("small (test)", "static (test)", "pipeline", "majority"):
        assert label in first
