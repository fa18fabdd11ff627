import json

import pytest

from escalate.data.build import build_written
from escalate.data.check import check
from escalate.errors import DataError
from escalate.text import sentence_hash

VARIED = [
    "Paratroops landed at the western edge of Port Said soon after dawn, and by noon the airfield and both of its hangars "
    "were theirs, a spokesman said.",
    "Trawlermen in Grimsby, who had waited nine days for orders from the owners, heard on Thursday that the frigates would "
    "be called home.",
    "Nobody on the night ferry remarked on the gunboat which lay, lamps out, a cable's length from the old customs quay.",
]
CODES = ["E1", "D2", "N2"]
PLACES = [("Suez Crisis", "train", "1956-11-05"), ("Cod Wars", "validation", "1976-06-01"), ("Gaza War", "test", "2023-11-24")]


@pytest.fixture
def write(tmp_path):
    """Write a dataset of one sentence an article, and return its folder."""

    def build(texts=VARIED, second_votes=CODES, places=PLACES):
        articles, annotations = [], []
        for number, (text, (conflict, _, date)) in enumerate(zip(texts, places, strict=True)):
            articles.append(
                {
                    "id": f"a-{number}",
                    "title": "T",
                    "date": date,
                    "conflict": conflict,
                    "kind": "border",
                    "region": "World",
                    "source_type": "wire",
                    "text": text,
                }
            )
            row = {
                "id": f"a-{number}/0",
                "hash": sentence_hash(text),
                "votes": {"r1": CODES[number], "r2": second_votes[number]},
            }
            if second_votes[number][0] != CODES[number][0]:
                row["decision"] = {"annotator": "r3", "code": CODES[number], "reason": "rule 1"}
            annotations.append(row)
        (tmp_path / "annotations").mkdir(exist_ok=True)
        for name, rows in (("articles.jsonl", articles), ("annotations/written.jsonl", annotations)):
            (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        (tmp_path / "splits.json").write_text(json.dumps({conflict: split for conflict, split, _ in places}))
        build_written(tmp_path)
        return tmp_path

    return build


def failing(folder, *held_out):
    return [finding.name for finding in check(folder, held_out)[0] if not finding.holds]


def test_a_sound_dataset_passes_but_for_what_three_sentences_cannot_show(write):
    # Three sentences: any five words stand in a third of them.
    names = failing(write())
    assert all(name.startswith("commonest") for name in names)
    assert len(names) == 2


def test_a_near_duplicate_across_splits_is_found(write):
    folder = write(texts=[VARIED[0], VARIED[0].replace("noon", "nine"), VARIED[2]])
    assert "no near-duplicates across splits" in failing(folder)


def test_something_recent_in_training_is_found(write):
    folder = write(places=[("Suez Crisis", "train", "2024-01-01"), *PLACES[1:]])
    assert "everything from 2023 on is in test" in failing(folder)


def test_annotators_who_do_not_agree_are_found(write):
    assert "annotators agree" in failing(write(second_votes=["N1", "E5", "N2"]))


def read_by_two(folder, *pairs):
    lines = [
        {"id": sentence_hash(str(number)), "readers": dict(zip("ab", said, strict=False))} for number, said in enumerate(pairs)
    ]
    (folder / "annotations" / "polarity.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_readers_of_polarity_who_do_not_agree_are_found(write):
    said = [("conflict", "conflict"), ("conflict", "cooperation"), ("cooperation", "neither"), ("neither", "conflict")]
    folder = read_by_two(write(), *said)
    assert "readers of polarity agree" in failing(folder)
    figures = check(folder)[1]["polarity"]
    assert (figures["sentences"], figures["twice"], figures["same"], figures["opposite"]) == (4, 4, 0.25, 1)
    assert figures["polarities"] == {"conflict": 4, "neither": 2, "cooperation": 2}


def test_polarity_is_of_neutral_sentences_and_read_once_says_nothing_of_agreement(write):
    folder = read_by_two(write(), ("conflict",))
    assert "polarity is of neutral sentences" in failing(folder)
    line = {"id": sentence_hash(VARIED[2]), "readers": {"a": "conflict"}}
    (folder / "annotations" / "polarity.jsonl").write_text(json.dumps(line) + "\n")
    assert "polarity is of neutral sentences" not in failing(folder)
    findings, figures = check(folder)
    assert figures["polarity"]["kappa"] is None
    assert "readers of polarity agree" not in [finding.name for finding in findings]


@pytest.mark.parametrize(("name", "content"), [("a.txt", "2024-01-01 {}"), ("a.tsv", "text\tcode\n{}\t1\n")])
def test_a_held_out_sentence_in_the_data_is_found(write, tmp_path, name, content):
    folder = write()
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / name).write_text(content.format(VARIED[1].upper()))
    assert "no held-out sentence in the data" in failing(folder, tmp_path / "held")
    (tmp_path / "held" / name).write_text(content.format("Something else altogether happened here today."))
    assert "no held-out sentence in the data" not in failing(folder, tmp_path / "held" / name)


@pytest.mark.parametrize(
    "row",
    [
        '"Nobody on the ""night""\nferry remarked, said he, on the gunboat."',
        "Nobody on the \u2028night\u0085 ferry remarked, said he, on the gunboat.",
    ],
)
def test_held_out_tables_are_read_as_the_benchmarks_read_them(write, tmp_path, row):
    # Both are one row, with a line end of a sort in its sentence.
    folder = write(texts=[*VARIED[:2], "Nobody on the night ferry remarked, said he, on the gunboat."])
    (tmp_path / "a.tsv").write_text(f"text\tcode\n{row}\t1\n", encoding="utf-8")
    found = {finding.name: finding for finding in check(folder, [tmp_path / "a.tsv"])[0]}["no held-out sentence in the data"]
    assert not found.holds
    assert found.asked.startswith("none of 1,")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", "en\tQuadClass\n{}\t1\n", "no column 'text' or 'sentence'; there are 'en', 'QuadClass'"),
        ("a.tsv", "text\tcode\n{}\t1\n\t2\n", "1 of its texts are empty"),
        ("a.txt", "\n", "all of its texts are empty"),
    ],
)
def test_a_held_out_file_of_which_not_all_can_be_compared_is_an_error(write, tmp_path, name, content, message):
    (tmp_path / name).write_text(content.format(VARIED[1]))
    with pytest.raises(DataError, match=message):
        check(write(), [tmp_path / name])


def test_a_folder_without_held_out_files_is_an_error(write, tmp_path):
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match=r"no \.txt or \.tsv file"):
        check(write(), [tmp_path / "none"])


def test_the_figures_count_every_field_by_split(write):
    figures = check(write())[1]
    assert figures["counts"]["total"]["sentences"] == {"train": 1, "validation": 1, "test": 1}
    assert figures["counts"]["label"]["escalation"] == {"train": 1, "validation": 0, "test": 0}
    assert figures["counts"]["era"]["1950s"]["train"] == 1
    assert figures["agreement"]["all"]["kappa"] == 1
    assert figures["diversity"]["written"]["sentences"] == 3
