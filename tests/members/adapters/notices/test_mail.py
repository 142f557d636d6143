"""Mail as it goes over the wire."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest

from members_service.adapters.notices.mail import (
    Outgoing,
    envelope_address,
    mail_of,
    message_of_return_path,
    needs_utf8,
    return_path_of,
)
from members_service.domain.notices.kinds import NoticeClass
from members_service.domain.notices.template import Rendered

ID = UUID("0193c2f4-0000-7000-8000-000000000001")
SENDER = "Stadtbücherei <notices@bücher.example>"
WORDS = Rendered("de", "Grüße, ألف ليلة", "Für Sie bereit", '<html lang="de"><h1>Grüße</h1></html>')
UNSUBSCRIBE = (
    "https://library.example/members/v1/unsubscribe?token=j9y0-si1t12wFLEPtY1jYQGiKqTwrH15uukUI9vQczdob2xkX3BsYWNlZA"
)


def read(mail: EmailMessage) -> EmailMessage:
    """Return a mail as another program reads its bytes."""
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def outgoing(notice_class: NoticeClass = NoticeClass.COURTESY, to: str = "ada@library.example") -> Outgoing:
    at = datetime(2026, 11, 30, 10, tzinfo=UTC)
    return Outgoing(ID, WORDS, to, SENDER, notice_class, at, unsubscribe=UNSUBSCRIBE, name="Ada\r\nLovelace")


def test_a_mail_says_who_it_is_from_and_that_no_machine_should_answer() -> None:
    mail = read(mail_of(outgoing()))
    assert mail["Message-ID"] == f"<{ID}@xn--bcher-kva.example>"
    assert mail["From"] == "Stadtbücherei <notices@xn--bcher-kva.example>"
    assert mail["To"] == "Ada Lovelace <ada@library.example>"
    assert mail["Subject"] == "Für Sie bereit"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<notices.xn--bcher-kva.example>"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert text.get_content().strip() == WORDS.text
    assert page.get_content().strip() == WORDS.html
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert all(len(line) <= 998 for line in mail_of(outgoing()).as_bytes().splitlines())


@pytest.mark.parametrize("notice_class", NoticeClass)
def test_a_courtesy_ends_with_one_click_and_nothing_else_does(notice_class: NoticeClass) -> None:
    mail = read(mail_of(outgoing(notice_class)))
    if notice_class is NoticeClass.COURTESY:
        assert mail["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"
        assert f"\r\nList-Unsubscribe: <{UNSUBSCRIBE}>\r\n".encode() in mail_of(outgoing(notice_class)).as_bytes()
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    else:
        assert mail["List-Unsubscribe"] is None
        assert mail["List-Unsubscribe-Post"] is None


def test_what_comes_back_names_the_message_that_it_is_about() -> None:
    path = return_path_of(ID, SENDER)
    assert path == f"bounce+{ID.hex}@xn--bcher-kva.example"
    assert message_of_return_path(f"<{path}>") == ID
    assert message_of_return_path("bounce+nonsense@x.example") is None
    assert message_of_return_path("ada@x.example") is None


def test_an_address_with_letters_beyond_ascii_is_written_as_servers_take_it() -> None:
    assert envelope_address("ada@bücher.example") == "ada@xn--bcher-kva.example"
    assert not needs_utf8("ada@bücher.example")
    assert needs_utf8("ädä@bücher.example")
    mail = mail_of(outgoing(to="ädä@bücher.example"))
    assert "ädä@xn--bcher-kva.example" in mail.as_bytes().decode()
