"""A page that would load something from outside is not written."""

from __future__ import annotations

import pytest

from expectations.data_docs.offline import localise

PAGE = "<html><head></head><body>{}</body></html>"


@pytest.mark.parametrize(
    "left",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<img src="//tracker.example/p.png">',
        "<style>a { background: url(https://tracker.example/p) }</style>",
        '<link rel="stylesheet" href="https://unpkg.com/bootstrap@5/x.css">',
        "<style>@import 'x'</style>",
        '<iframe src="http://example.org"></iframe>',
    ],
)
def test_what_we_do_not_know_is_refused(left: str) -> None:
    with pytest.raises(ValueError, match="from outside"):
        localise(PAGE.format(left), "./", "../index.html")


def test_what_we_know_is_served_from_the_site() -> None:
    known = '<script src="https://code.jquery.com/jquery-3.7.1.min.js" integrity="x" crossorigin="anonymous"></script>'

    page = localise(PAGE.format(known), "../", "../../index.html")

    assert '<script src="../static/vendor/jquery.min.js"></script>' in page


def test_links_that_lead_outside_keep_their_words_alone() -> None:
    page = localise(PAGE.format('<a href="https://example.org/?utm=x">Read more</a>'), "./", "../index.html")

    assert "example.org" not in page
    assert "Read more" in page


def test_the_page_leads_to_the_status_page_and_forbids_the_rest() -> None:
    page = localise(PAGE.format(""), "./", "../index.html")

    assert 'href="../index.html"' in page
    assert "default-src 'none'" in page
