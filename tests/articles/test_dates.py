from datetime import datetime

import pytest

from escalate.articles.dates import stated
from escalate.articles.pages import page

TEXT = "<p>The two delegations met again in Geneva after a break of seven weeks, and the mediator spoke of progress.</p>" * 3


def read(head="", inside="", beside=""):
    content = f"<html><head>{head}</head><body><article><h1>Talks</h1>{inside}{TEXT}</article>{beside}</body></html>"
    return page(content.encode(), "p")


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-04",
        " 2024-05-04T23:30:00-05:00",
        "20240504T233000Z",
        "2024/05/04 08:30",
        "Sat, 04 May 2024 23:30:00 -0500",
        "4 May 24 23:30 EST",
        "May 4, 2024",
        "Sat May  4 16:29:06 PST 2024",
    ],
)
def test_a_day_is_read_as_it_is_written_whatever_the_time_zone(written):
    assert f"{stated(written)}"[:10] == "2024-05-04"


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2024-05-04T08:30:15.250+02:00", "08:30:15.250000+02:00"),
        ("20240504T083000Z", "08:30:00+00:00"),
        ("2024-05-04 08:30", "08:30:00"),
        ("Sat, 04 May 2024 08:30:00 -0430", "08:30:00-04:30"),
        ("4 May 24 08:30 EST", "08:30:00-05:00"),
        ("4 May 2024 8:30 p.m. GMT", "20:30:00+00:00"),
        ("4 May 2024 08:30 +9900", "08:30:00"),
        (f"2024-05-04T08:30 {'x' * 999}", None),
        ("4 May 2024 8 p.m.", None),
        ("2024-05-04T25:00", None),
        ("May 4, 2024", None),
    ],
)
def test_a_time_of_day_is_read_where_hour_and_minute_are_written(written, time):
    found = stated(written)
    assert (found.isoformat()[11:] if isinstance(found, datetime) else None) == time
    assert f"{found}"[:10] == "2024-05-04"


@pytest.mark.parametrize(
    "written",
    ["", "2024", "2024-05", "04/05/2024", "04.05.2024", "May 2024", "4 May", "2024-13-04", "31 Feb 2024", "May 1" * 99],
)
def test_a_date_that_is_incomplete_or_has_two_senses_is_no_day(written):
    assert stated(written) is None


def ld(content):
    return f'<script type="application/ld+json">{content}</script>'


@pytest.mark.parametrize(
    "parts",
    [
        {"head": '<meta property="article:published_time" content="2024-05-04T10:00:00Z">'},
        {"head": '<meta name="DC.date.issued" content="2024-05-04">'},
        {"head": '<meta itemprop="datePublished" content="4 May 2024">'},
        {"head": '<meta name="date" content="04/05/2024"><meta name="pubdate" content="2024-05-04">'},
        {"head": ld('{"@type": "NewsArticle", "datePublished": "2024-05-04T10:00:00Z"}')},
        {"head": ld('[{"@graph": [{"@type": "WebPage", "datePublished": "2024-05-04"}, {"@type": "Person"}]}]')},
        {"head": ld("{broken") + '<meta property="article:published_time" content="2024-05-04">'},
        {"inside": '<time datetime="2024-05-04T10:00:00Z">two days ago</time>'},
        {"inside": "<header><time>4 May 2024</time></header>"},
        {"inside": '<time datetime="2024-05-04">x</time><time class="updated" datetime="2024-05-07">y</time>'},
        {"inside": '<time class="entry-date published updated" datetime="2024-05-04">x</time>'},
        {
            "inside": '<time datetime="2024-05-04">x</time>',
            "beside": '<aside><article><time datetime="2018-01-02">y</time></article></aside>',
        },
        {
            "inside": '<time datetime="2024-05-04">x</time><ul><li><time datetime="2018-01-02">y</time></li></ul>',
        },
    ],
)
def test_a_page_is_dated_by_what_it_states(parts):
    assert read(**parts).date == "2024-05-04"


@pytest.mark.parametrize(
    "parts",
    [
        {"head": '<meta name="date" content="04/05/2024">'},
        {"head": '<meta property="article:published_time" content="2024-04">'},
        {"head": '<meta property="article:modified_time" content="2024-05-04">'},
        {"head": '<meta property="og:image" content="https://cdn.example.org/2017/03/04/pic.jpg">'},
        {"head": ld('[{"datePublished": "2018-01-02"}, {"datePublished": "2018-01-03"}]')},
        {"head": ld('{"datePublished": 2018}') + ld('"2018-01-02"') + ld("[" * 100_000)},
        {"inside": '<time itemprop="dateModified" datetime="2024-05-04">x</time>'},
        {"inside": '<time datetime="04/05/2024">x</time><p class="date">04/05/2024</p>'},
        {"inside": '<time datetime="2024-05-04">x</time><time datetime="2024-05-07">y</time>'},
        {"inside": '<div class="related-stories"><h2>Related</h2><time datetime="2018-01-02">y</time></div>'},
        {"beside": '<div><h2>Related</h2><time datetime="2018-01-02">y</time></div>'},
        {"beside": '<article><time datetime="2018-01-02">y</time></article>'},
    ],
)
def test_a_page_is_not_dated_by_guesses_pictures_or_other_stories(parts):
    assert read(**parts).date is None


@pytest.mark.parametrize(
    ("head", "time"),
    [
        ('<meta name="date" content="2024-05-04T10:00:00Z">', "10:00:00+00:00"),
        (ld('[{"datePublished": "2024-05-04T10:00Z"}, {"datePublished": "2024-05-04T12:00:00+02:00"}]'), "10:00:00+00:00"),
        (ld('[{"datePublished": "2024-05-04T10:00Z"}, {"datePublished": "2024-05-04T11:00Z"}]'), ""),
        ('<meta name="date" content="2024-05-04">', ""),
    ],
)
def test_a_page_has_a_time_of_day_where_it_states_one(head, time):
    found = read(head)
    assert (found.date, found.time) == ("2024-05-04", time)
