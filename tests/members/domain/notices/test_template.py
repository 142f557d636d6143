"""The parts that a template needs, and what is said of one that cannot be used."""

import pytest

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.template import (
    FRAME,
    InvalidTemplate,
    Template,
    TemplateKey,
    UnknownName,
    languages_to_try,
)

NO_SUBJECT, SUBJECT = "This has no subject. Leave it out.", "Mail and letters have a subject. Write one."
NO_HTML = "Only mail has a part in HTML. Leave it out."
LOST = NoticeKind.LOST.value


@pytest.mark.parametrize(
    ("kind", "way", "template", "wrong"),
    [
        (LOST, Way.MAIL, Template("Lost.", "Lost", "<p>Lost.</p>"), None),
        (LOST, Way.LETTER, Template("Lost.", "Lost"), None),
        (LOST, Way.PUSH, Template("Lost."), None),
        (FRAME, Way.MAIL, Template("Dear Ada,", html="<p>Dear Ada,</p>"), None),
        (LOST, Way.LETTER, Template("Lost.", "Lost", "<p>Lost.</p>"), ("html", NO_HTML)),
        (LOST, Way.PUSH, Template("Lost.", html="<p>Lost.</p>"), ("html", NO_HTML)),
        (LOST, Way.PUSH, Template("Lost.", "Lost"), ("subject", NO_SUBJECT)),
        (FRAME, Way.LETTER, Template("Dear Ada,", "Lost"), ("subject", NO_SUBJECT)),
        (LOST, Way.MAIL, Template("Lost."), ("subject", SUBJECT)),
        (LOST, Way.LETTER, Template("Lost.", ""), ("subject", SUBJECT)),
    ],
)
def test_a_template_has_the_parts_that_its_way_shows(
    kind: str, way: Way, template: Template, wrong: tuple[str, str] | None
) -> None:
    key = TemplateKey(kind, way, "en")
    if wrong is None:
        template.check_parts(key)
        return

    with pytest.raises(InvalidTemplate) as refused:
        template.check_parts(key)
    assert (wrong, {"line": 1}) == ((refused.value.field, str(refused.value)), refused.value.figures)


def test_a_fault_is_told_with_its_line_and_what_may_be_meant() -> None:
    near = UnknownName("tilte", ["title", "barcode"], line=7, prefix="loan.")
    far = UnknownName("x" * 99, ["title", "barcode"], line=None)

    assert "There is no loan.tilte for a template. Did you mean loan.title?" == str(near)
    assert ({"line": 7, "did_you_mean": "loan.title"}, "text") == (near.figures, near.field)
    assert f"There is no {'x' * 60} for a template. There are: barcode, title." == str(far)
    assert {"line": 1} == far.figures


def test_a_template_is_looked_for_in_the_wanted_language_without_its_region_and_then_in_the_librarys() -> None:
    assert ("de-AT", "de", "fr", "en") == languages_to_try("de-AT", default="fr")
    assert ("fr-CH", "fr", "en") == languages_to_try(None, default="fr-CH")
