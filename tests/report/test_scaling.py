from escalate.report.scaling import archive_plan, scaling_table

RESULTS = {
    "runs": [
        {"rows": 1000, "workers": 1, "seconds": 20.0, "rate": 50.0, "peak_rss": 200 * 2**20},
        {"rows": 10_000, "workers": 1, "seconds": 100.0, "rate": 100.0, "peak_rss": 210 * 2**20},
        {"rows": 10_000, "workers": 2, "seconds": 50.0, "rate": 200.0, "peak_rss": 220 * 2**20},
    ]
}


def test_the_plan_follows_from_the_longest_run_of_one_worker():
    plan = archive_plan(RESULTS, sentences=36_000_000, nodes=5, cores=4)
    assert "100 sentences a second, so 36,000,000 sentences take 100 core-hours" in plan
    assert "5.0 hours with 20 actors" in plan
    assert "1,800 shards of 20,000 rows; a lost node costs at most 200 s" in plan


def test_the_table_has_a_row_for_each_run():
    assert "| 10,000 | 2 | 200 | 220 MB |" in scaling_table(RESULTS)
    assert scaling_table(RESULTS).count("\n") == 4
