"""The forms that the service comes with."""

import pytest

from loans_service.adapters.reports.form_files import NAMES, FormFiles
from loans_service.domain.reports.form import Form, FormNotFound

FORMS = FormFiles().all()


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_each_line_has_a_code_of_its_own_and_its_definition_in_our_words(form: Form) -> None:
    codes = [line.code for line in form.lines]

    assert len(codes) == len({*codes})
    assert all(line.title and line.definition.endswith(".") for line in form.lines)


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_each_form_names_its_edition_where_it_was_looked_up_and_what_was_not_to_be_had(form: Form) -> None:
    assert all((form.title, form.publisher, form.edition, form.source, form.remarks))
    assert any(line.checked for line in form.lines)
    assert all(line.number for line in form.lines if line.checked)


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_each_form_has_lines_that_are_counted_and_lines_that_people_enter(form: Form) -> None:
    assert {True, False} == {line.formula is None for line in form.lines}


def test_a_form_of_another_name_is_not_found() -> None:
    with pytest.raises(FormNotFound):
        FormFiles().get("../pls")
