"""The page of settings says what the code does."""

import pytest

from loans_service.sip2.settings import Sip2Settings
from shared.settings_reference import settings_of
from tests.settings_document import FILE, SERVICES, written


def test_the_page_of_settings_is_as_the_code_has_it() -> None:
    assert written() == FILE.read_text(encoding="utf-8"), "write it anew: python -m tests.settings_document"


@pytest.mark.parametrize("service", SERVICES)
def test_each_setting_says_what_it_means(service: str) -> None:
    assert [] == [one.name for one in settings_of(SERVICES[service]) if not one.meaning]


def test_so_does_each_of_the_gateway_for_machines() -> None:
    own = [one for one in settings_of(Sip2Settings) if one.name.startswith(("SIP2_", "LOANS_"))]

    assert len(own) == 8
    assert [] == [one.name for one in own if not one.meaning]
