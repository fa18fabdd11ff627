"""Readers of the open sources, on small files of their formats (written here, not taken from the sources)."""

import json

import pytest

from escalate.data.sources import READERS, read_documents
from escalate.errors import DataError

CONLLU = """# newdoc id = GUM_news_x
# meta::title = A title
# meta::dateCreated = 2015-08-21
# newpar
# sent_id = 1
# text = First one.
1\tFirst\tfirst\tADJ\t_\t_\t0\troot\t_\t_

# sent_id = 2
# text = Second one.
1\tSecond\tsecond\tADJ\t_\t_\t0\troot\t_\t_

# newpar
# sent_id = 3
# text = Third one.
1\tThird\tthird\tADJ\t_\t_\t0\troot\t_\t_

"""
TEI = """<TEI xmlns="http://www.tei-c.org/ns/1.0"><text><body>
<div type="chapter"><div xml:id="one"><head>One</head><p>First <persName>A.
B.</persName> came.</p><p>Then left.</p></div><div xml:id="empty"><head>Empty</head></div></div>
</body></text></TEI>"""


def test_gum_keeps_paragraphs_title_and_date():
    (found,) = read_documents("gum_news", CONLLU, "x.conllu")
    assert (found.id, found.title, found.date) == ("GUM_news_x", "A title", "2015-08-21")
    assert found.text == "First one. Second one.\n\nThird one."


def test_milestones_are_one_document_a_section_without_empty_ones():
    (found,) = read_documents("milestones", TEI, "chapters/1900-1910.xml")
    assert (found.id, found.title, found.text) == ("1900-1910/one", "One", "First A. B. came.\n\nThen left.")


def test_muc4_and_re3d_are_one_document_a_line():
    (muc,) = read_documents("muc4", json.dumps({"docid": "D1", "doctext": "a.    b."}) + "\n\n", "x.json")
    assert (muc.id, muc.text) == ("D1", "a.    b.")
    (re3d,) = read_documents("re3d", json.dumps({"_id": "R1", "title": "T", "text": "It fell.[1] It rose.[23]\n"}), "x.json")
    assert (re3d.id, re3d.title, re3d.text) == ("R1", "T", "It fell. It rose.")


def test_unscon_is_joined_by_speech_and_its_tokens_are_set_as_prose():
    rows = 'filename,sentence_text\ns1,"We met , Sir ( again ) ."\ns1,"A high - level visit , Russia \'s ."\ns2,Yes .\n'
    first, second = read_documents("unscon", rows, "x.csv")
    assert first.text == "We met, Sir (again).\n\nA high-level visit, Russia's."
    assert (second.id, second.text) == ("s2", "Yes.")


@pytest.mark.parametrize("source", [name for name in READERS if name not in ("gum_news",)])
def test_a_file_in_another_format_is_an_error_that_names_it(source):
    with pytest.raises(DataError, match=r"wrong\.file: not in the format of"):
        read_documents(source, "filename\nnonsense", "wrong.file")


def test_an_unknown_source_is_an_error():
    with pytest.raises(DataError, match="unknown source 'nowhere' for x; known are"):
        read_documents("nowhere", "", "x")
