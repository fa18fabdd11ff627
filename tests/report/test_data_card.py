from escalate.labels import LABELS
from escalate.report.data_card import agreement_table, counts_tables, polarity_sentence, variety_table

FOUND = {
    "rows": 1000, "same": 0.95, "kappa": 0.9, "alpha": 0.91, "unclear": 0.01,
    "kappa_per_class": dict.fromkeys(LABELS, 0.85), "confusions": {"E1 / N2": 7},
}  # fmt: skip


def test_counts_add_up_to_a_column_of_totals_first():
    by_split = {"train": 1200, "test": 300}
    text = counts_tables({"label": {"neutral": by_split}, "total": {"sentences": by_split}})
    assert text.startswith("| total | train | test | all |")
    assert "| neutral | 1,200 | 300 | 1,500 |" in text


def test_agreement_shows_every_slice_and_the_commonest_confusions():
    text = agreement_table({"all": FOUND, "source type wire": FOUND})
    assert "| source type wire | 1,000 | 0.950 | 0.900 | 0.910 | 0.850 | 0.850 | 0.850 |" in text
    assert "E1 / N2 (7)" in text
    assert "1.0% of sentences" in text


def test_variety_stands_side_by_side():
    found = {
        "sentences": 5, "words_mean": 27.5, "words_quantiles": [6, 16, 27, 38, 52], "distinct_trigrams": 0.866,
        "quotation": 0.1, "quotation_or_attribution": 0.3, "several_clauses": 0.6, "number": 0.2,
    }  # fmt: skip
    text = variety_table({"written": found, "open text": found})
    assert "| distinct trigrams, of at most 20,000 sentences | 0.866 | 0.866 |" in text
    assert "6 / 16 / 27 / 38 / 52" in text


def test_polarity_tells_how_much_was_read_and_how_far_readers_agree():
    polarities = {"conflict": 400, "neither": 500, "cooperation": 1200}
    found = {"sentences": 2000, "polarities": polarities, "twice": 100, "same": 0.91, "opposite": 2, "kappa": 0.85}
    text = polarity_sentence(found)
    assert "2,000 neutral sentences have a reading (400 conflict, 500 neither, 1,200 cooperation)" in text
    assert "100 that were read twice 0.910 of the readings agree, kappa 0.850; 2 are opposite" in text
