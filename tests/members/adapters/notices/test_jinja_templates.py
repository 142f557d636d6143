"""Templates from people who are not trusted with more than words."""

import time

import pytest

from members_service.adapters.notices.jinja_templates import JinjaTemplates
from members_service.application.notices.rendering.context import Item, values_of
from members_service.application.notices.templates.samples import full_sample
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.template import InvalidTemplate, Template, TemplateKey

KEY = TemplateKey(NoticeKind.OVERDUE, Way.MAIL, "en")
ENGINE = JinjaTemplates()

HOSTILE = [
    "{{ range(10**9) }}",
    "{% for i in range(1000000000) %}x{% endfor %}",
    "{{ 10**10**10 }}",
    "{{ 'a' * 10**9 }}",
    "{{ 999999999 * 999999999 * 999999999 }}",
    "{{ [0] * 100000000 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{% for a in items %}{% for b in items %}{% for c in items %}x{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in items recursive %}{{ loop(items) }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "{% with a = 'xxxx' %}{{ a }}{% endwith %}",
    "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
    "{{ " + "not " * 5_000 + "1 }}",
    "{% if stage %}" * 500 + "{% endif %}" * 500,
    "{{ " + " ~ ".join(["stage"] * 9_000) + " }}",
    "{{ " + "stage|length" + "|upper" * 6_000 + " }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ reader.__class__ }}",
    "{{ reader['__class__'] }}",
    "{{ reader|attr('__class__') }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum(n=100000) }}",
    "{{ joiner }}",
    "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{{ config }}",
    "{{ request.environ }}",
    "{{ items|map(attribute='__class__')|list }}",
    "{{ items.append(1) }}",
    "{{ items|join('x')|center(1000000000) }}",
    "{{ reader.given_name|safe }}",
    "{{ 'a'|replace('a', 'b'*99)|wordwrap(1) }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'base' %}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    "{% call items() %}{% endcall %}",
    "{% filter upper %}{{ code }}{% endfilter %}",
    "{% autoescape false %}{{ code }}{% endautoescape %}",
    "{{ loop.index }}",
    "{% for _ in items %}{{ loop.previtem.__class__ }}{% endfor %}",
    "{{ 9" + "9" * 5_000 + " }}",
    "{{ stage|truncate(*items) }}",
    "{# " + "{{" * 20_000,
    "{{ x" * 10_000,
    "x" * 60_001,
]


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_template_is_refused_in_no_time_and_says_in_which_line(source: str) -> None:
    began = time.thread_time()
    with pytest.raises(InvalidTemplate) as refusal:
        ENGINE.check(Template(source, "Subject"), KEY)
    assert time.thread_time() - began < 0.2
    assert refusal.value.code == "invalid-template"
    assert refusal.value.figures["line"] >= 1
    assert refusal.value.field == "text"
    assert len(str(refusal.value)) < 1_000


def test_there_are_forty_hostile_templates_at_least() -> None:
    assert len(set(HOSTILE)) >= 40


@pytest.mark.parametrize(
    ("source", "line", "meant"),
    [
        ("Hello\n{{ reader.surname }}", 2, None),
        ("Hello\n\n{{ reader.givenname }}", 3, "reader.given_name"),
        ("{{ libary.name }}", 1, "library"),
        ("{% for item in items %}\n{{ item.titel }}\n{% endfor %}", 2, "item.title"),
        ("{{ amount|mony }}", 1, "|money"),
        ("{% fro item in items %}", 1, "for"),
    ],
)
def test_an_unknown_name_is_refused_with_its_line_and_what_was_meant(source: str, line: int, meant: str | None) -> None:
    with pytest.raises(InvalidTemplate) as refusal:
        ENGINE.check(Template(source, "Subject"), KEY)
    assert refusal.value.figures["line"] == line
    assert refusal.value.figures.get("did_you_mean") == meant


def test_a_title_in_a_subject_or_a_push_message_is_refused() -> None:
    source = "{% for item in items %}{{ item.title }}{% endfor %}"
    with pytest.raises(InvalidTemplate, match="read by others") as refusal:
        ENGINE.check(Template("Hello", source), KEY)
    assert refusal.value.field == "subject"
    with pytest.raises(InvalidTemplate, match="read by others"):
        ENGINE.check(Template(source), TemplateKey(NoticeKind.OVERDUE, Way.PUSH, "en"))
    ENGINE.check(Template(source, "Subject"), KEY)


def test_a_part_that_the_way_cannot_show_or_that_is_missing_is_refused() -> None:
    with pytest.raises(InvalidTemplate, match="HTML"):
        ENGINE.check(Template("a", "b", "<p>c</p>"), TemplateKey(NoticeKind.OVERDUE, Way.LETTER, "en"))
    with pytest.raises(InvalidTemplate, match="no subject"):
        ENGINE.check(Template("a", "b"), TemplateKey(NoticeKind.OVERDUE, Way.PUSH, "en"))
    with pytest.raises(InvalidTemplate, match="have a subject"):
        ENGINE.check(Template("a"), KEY)


def test_a_template_that_fails_when_it_is_filled_in_says_in_which_line() -> None:
    values = values_of(full_sample(NoticeKind.OVERDUE))
    with pytest.raises(InvalidTemplate, match="cannot be filled in") as refusal:
        ENGINE.fill_in("one\ntwo {{ reader.given_name - 1 }}", values, language="en")
    assert refusal.value.figures["line"] == 2


def test_a_template_that_writes_too_much_or_for_too_long_is_stopped() -> None:
    values = values_of(full_sample(NoticeKind.OVERDUE))
    many = values | {"items": values_of(full_sample(NoticeKind.OVERDUE))["items"] * 500_000}
    with pytest.raises(InvalidTemplate, match="too much"):
        ENGINE.fill_in("{% for item in items %}{{ item.title }}{% endfor %}", many, language="en")
    began = time.thread_time()
    with pytest.raises(InvalidTemplate, match="too long"):
        ENGINE.fill_in("{% for item in items %}{% if item.due %}{% endif %}{% endfor %}" * 50, many, language="en")
    assert time.thread_time() - began < 1


def test_forty_items_are_a_table_and_not_forty_paragraphs() -> None:
    values = values_of(full_sample(NoticeKind.OVERDUE))
    forty = values | {"items": [values["items"][0]] * 40}
    rows = ENGINE.fill_in(
        "{% for item in items %}\n{{ item.title }}\t{{ item.due|when }}\n{% endfor %}", forty, language="de"
    )
    assert rows.splitlines() == ["The Left Hand of Darkness\t3. Dezember 2026"] * 40


@pytest.mark.parametrize(
    ("source", "language", "words"),
    [
        ("{{ amount|money }}", "de", "3,50\xa0€"),
        ("{{ amount|money }}", "en", "€3.50"),
        ("{{ reader.card_ends|date }}", "fr", "14 décembre 2026"),
        ("{{ reader.card_ends|date }}", "pt-BR", "14 de dezembro de 2026"),
        ("{{ reader.card_ends|date }}", "xx-none", "December 14, 2026"),
        ("{{ items|length|plural('item', 'items') }}", "en", "items"),
        ("{{ items|length|plural('one', 'other', two='two') }}", "ar", "two"),
        (
            "{% for item in items if item.volume %}{{ item.due|when }}{% endfor %}",
            "en",
            "December 1, 2026, 4:30\u202fPM",
        ),
        ("{{ receipt }}{{ branch.phone|truncate(5) }}", "en", "+49…"),
    ],
)
def test_filters_write_as_a_language_does(source: str, language: str, words: str) -> None:
    values = values_of(full_sample(NoticeKind.LOST)) | {"amount": 350}
    assert ENGINE.fill_in(source, values, language=language) == words


def test_a_structure_that_is_not_there_is_false_and_its_fields_are_empty() -> None:
    context = full_sample(NoticeKind.ACTIVATION)
    assert context.about is None
    source = "{% if about %}child{% endif %}<{{ about.given_name }}>"
    assert ENGINE.fill_in(source, values_of(context), language="en") == "<>"
    assert Item("x").due is None


@pytest.mark.parametrize(
    ("template", "way"),
    [
        (Template("Hello", "Your code {{ code }}"), Way.MAIL),
        (Template("Your code {{ code|upper }}"), Way.PUSH),
        (Template("Hello", "Hello", '<img src="https://elsewhere.example/{{ code }}">'), Way.MAIL),
        (Template("Hello", "Hello", "{% if about %}<a title='>{% endif %}{{ code }}"), Way.MAIL),
        (Template("Hello", "Hello", "<style>@import '{{ code }}'</style>"), Way.MAIL),
    ],
)
def test_a_code_where_others_may_read_it_is_refused(template: Template, way: Way) -> None:
    with pytest.raises(InvalidTemplate):
        ENGINE.check(template, TemplateKey(NoticeKind.RECOVERY, way, "en"), discreet=False)


def test_a_code_in_the_text_is_taken() -> None:
    html = '<p class="a">Your code: <b>{{ code }}</b></p><style>b {}</style>{{ code }}'
    ENGINE.check(Template("Your code: {{ code }}", "Hello", html), TemplateKey(NoticeKind.RECOVERY, Way.MAIL, "en"))
