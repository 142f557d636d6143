"""The templates that come with the service: all there, whole, discreet, and good to read for everybody."""

import dataclasses
from html.parser import HTMLParser
from itertools import product

import pytest

from members_service.adapters.notices.jinja_templates import JinjaTemplates
from members_service.adapters.notices.shipped_templates import ShippedInToml
from members_service.application.notices.rendering.context import NoticeContext
from members_service.application.notices.rendering.render import rendered
from members_service.application.notices.templates.samples import full_sample, sparse_sample
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.template import FRAME, KINDS, Rendered, TemplateKey

SHIPPED, ENGINE = ShippedInToml(), JinjaTemplates()
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


def message_of(context: NoticeContext, way: Way, language: str) -> Rendered:
    """Return what the shipped templates make of a notice."""
    chosen = {}
    for kind in (context.kind, FRAME):
        template = SHIPPED.get(TemplateKey(kind, way, language))
        if template is not None:
            chosen[str(kind)] = template
    return rendered(ENGINE, chosen, [context], way=way, language=language)


def segments(text: str) -> int:
    """Return how many segments a text message has."""
    if set(text) <= _GSM:
        return 1 if len(text) <= 160 else -(-len(text) // 153)
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= 70 else -(-units // 67)


@pytest.mark.parametrize("language", SHIPPED.languages)
def test_every_kind_is_shipped_for_every_way_and_keeps_to_the_rules_for_templates(language: str) -> None:
    for kind, way in product(KINDS, Way):
        key = TemplateKey(kind, way, language)
        template = SHIPPED.get(key)
        if (kind, way) == (FRAME, Way.PUSH):
            assert template is None
            continue
        assert template is not None, key
        ENGINE.check(template, key)
        assert (template.html is not None) == (way is Way.MAIL), key


@pytest.mark.parametrize("language", SHIPPED.languages)
def test_every_notice_can_be_said_in_full_and_with_little_known(language: str) -> None:
    for kind, way in product(NoticeKind, Way):
        for context in (full_sample(kind), sparse_sample(kind)):
            message = message_of(context, way, language)
            whole = f"{message.subject or ''} {message.text} {message.html or ''}"
            assert message.text
            assert "None" not in whole, (kind, way, whole)
            assert "{" not in f"{message.subject} {message.text}", (kind, way)
            assert "@" not in (message.subject or "")
            if way is Way.PUSH:
                assert segments(message.text) <= 2, message.text


@pytest.mark.parametrize("language", SHIPPED.languages)
def test_titles_stay_out_of_subjects_and_push_messages_and_stand_in_the_text(language: str) -> None:
    for kind in NoticeKind:
        context = full_sample(kind)
        mail, letter, push = (message_of(context, way, language) for way in (Way.MAIL, Way.LETTER, Way.PUSH))
        for item in context.items:
            assert item.title not in f"{mail.subject}{letter.subject}{push.text}"
            assert item.title in mail.text
            assert item.title in letter.text
            assert item.title in (mail.html or "")


class Outline(HTMLParser):
    """What somebody hears who has a page read aloud."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "hr"):
            self.open.append(tag)
        if tag == "a":
            self.links.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.links:
            self.links[-1] += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("language", SHIPPED.languages)
def test_the_html_part_says_language_and_direction_has_one_heading_and_tables_with_headers(language: str) -> None:
    for kind in NoticeKind:
        page = message_of(full_sample(kind), Way.MAIL, language).html
        assert page is not None
        outline = Outline(page)
        (root,) = outline.of("html")
        assert root == {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}
        assert len(outline.of("h1")) == 1
        assert outline.of("img") == []
        assert len(outline.of("table")) == (1 if full_sample(kind).items else 0)
        assert all(cell.get("scope") in ("col", "row") for cell in outline.of("th"))
        assert all(anchor["href"] for anchor in outline.of("a"))
        assert all(words.strip() for words in outline.links)
        assert outline.open == []


def test_several_notices_have_one_greeting_and_a_heading_each() -> None:
    contexts = [full_sample(NoticeKind.DUE_SOON), full_sample(NoticeKind.DUE_TODAY)]
    chosen = {}
    for kind in (NoticeKind.DUE_SOON, NoticeKind.DUE_TODAY, FRAME):
        template = SHIPPED.get(TemplateKey(kind, Way.MAIL, "en"))
        assert template is not None
        chosen[str(kind)] = template
    message = rendered(ENGINE, chosen, contexts, way=Way.MAIL, language="en")
    assert message.subject == "Due soon at Library"
    assert message.text.count("Dear Ada") == 1
    assert "Due today at Library\n--------------------\n" in message.text
    outline = Outline(message.html or "")
    assert (len(outline.of("h1")), len(outline.of("h2"))) == (1, 2)


def test_what_people_wrote_cannot_become_markup_or_a_line_of_its_own() -> None:
    context = full_sample(NoticeKind.DUE_SOON)
    evil = dataclasses.replace(context.items[0], title="<script>x</script>\r\nBcc: a@b\t{{ 7 * 7 }}\u202e")
    message = message_of(dataclasses.replace(context, items=(evil,)), Way.MAIL, "en")
    assert "<script>" not in (message.html or "")
    assert "<script>x</script> Bcc: a@b {{ 7 * 7 }}, Ursula" in message.text


def test_an_arabic_title_in_an_english_text_is_kept_apart() -> None:
    message = message_of(full_sample(NoticeKind.DUE_SOON), Way.MAIL, "en")
    assert "* \u2068ألف ليلة وليلة (2)\u2069" in message.text


@pytest.mark.parametrize("way", [Way.MAIL, Way.LETTER])
def test_a_receipt_of_what_came_back_says_so(way: Way) -> None:
    receipt = full_sample(NoticeKind.RECEIPT)
    back = dataclasses.replace(receipt, items=tuple(dataclasses.replace(one, due=None) for one in receipt.items))

    lent, returned = (message_of(one, way, "en") for one in (receipt, back))

    assert "returned" not in f"{lent.text}{lent.html}"
    assert "returned" in returned.text
    assert way is Way.LETTER or "returned" in (returned.html or "")


@pytest.mark.parametrize("language", SHIPPED.languages)
def test_a_reminder_says_of_how_many_it_is_only_where_that_is_known(language: str) -> None:
    known = full_sample(NoticeKind.OVERDUE)
    unknown = dataclasses.replace(known, stages=None)

    for way in Way:
        with_it, without = (message_of(one, way, language).text for one in (known, unknown))
        assert "3" in with_it.split("\n\n* ")[0]
        assert len(without) < len(with_it)
        assert "()" not in without


@pytest.mark.parametrize(("language", "way"), [*product(SHIPPED.languages, Way)])
def test_credit_is_not_said_to_have_been_handed_over(language: str, way: Way) -> None:
    handed = full_sample(NoticeKind.REFUNDED)

    credit = message_of(dataclasses.replace(handed, credit=True), way, language)

    assert message_of(handed, way, language).text != credit.text
