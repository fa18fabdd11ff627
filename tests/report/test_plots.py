from xml.etree import ElementTree

from escalate.report.plots import counts_plot


def test_the_plot_is_an_svg_that_is_the_same_for_the_same_counts(tmp_path):
    by_split = {"train": 5, "validation": 2, "test": 3}
    counts = {
        "label": {"neutral": by_split, "escalation": by_split},
        "code": {"E1": by_split},
        "era": {"1950s": by_split},
        "total": {},
    }
    for name in ("a.svg", "b.svg"):
        counts_plot(counts, tmp_path / "out" / name)
    first = (tmp_path / "out" / "a.svg").read_text()
    assert ElementTree.fromstring(first).tag.endswith("svg")
    assert first.count("<path") > 6
    assert first == (tmp_path / "out" / "b.svg").read_text()
