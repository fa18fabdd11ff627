from escalate.benchmarks.splitting import agreement, paragraphs, splitters

PASSAGE = ["Gen. Ito left Osaka at 5 p.m. on Monday.", "Nobody saw him off.", "Rain fell."]


def test_sentences_are_grouped_by_paragraph():
    article = [{"text": "One.", "newpar": ""}, {"text": "Two."}, {"text": "Three.", "newpar_block": "p"}]
    assert paragraphs(article) == [["One.", "Two."], ["Three."]]


def test_a_splitter_that_finds_the_gold_ends_scores_one():
    gold = [len(PASSAGE[0]), len(PASSAGE[0]) + 1 + len(PASSAGE[1])]
    assert agreement(lambda text: [*gold, len(text)], [PASSAGE]) == {"precision": 1.0, "recall": 1.0, "ends": 2}


def test_a_wrong_end_costs_precision_and_a_missed_one_recall():
    found = agreement(lambda text: [4, len(PASSAGE[0]), len(text)], [PASSAGE])
    assert found == {"precision": 0.5, "recall": 0.5, "ends": 2}


def test_every_splitter_that_is_compared_runs():
    for name, split in splitters().items():
        assert agreement(split, [PASSAGE])["recall"] > 0, name
