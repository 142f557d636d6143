"""Where mails and short messages go: encrypted, but on this machine."""

import pytest

from members_service.adapters.notices.push_address import expect_safe
from members_service.adapters.notices.server_address import MailboxAddress, ServerAddress


def test_a_mail_server_is_spoken_to_with_tls_but_on_this_machine() -> None:
    assert ServerAddress("mail.example", 465, "user", tls=True) == ServerAddress.parse("smtps://user@mail.example")
    assert ServerAddress("mail.example", 587, start_tls=True) == ServerAddress.parse("smtp://mail.example")
    assert ServerAddress("127.0.0.1", 2525) == ServerAddress.parse("smtp://127.0.0.1:2525")


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "smtps://user:word@mail.example", "smtp://a/b"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="smtps://user@host"):
        ServerAddress.parse(url)


def test_a_mailbox_is_opened_with_tls_but_on_this_machine() -> None:
    by_tls = MailboxAddress("mail.example", 993, "b@town.example", tls=True, folder="Came back")
    assert by_tls == MailboxAddress.parse("imaps://b%40town.example@mail.example/Came%20back")
    assert MailboxAddress("mail.example", 143, "b", start_tls=True) == MailboxAddress.parse("imap://b@mail.example")
    assert MailboxAddress("127.0.0.1", 1143, "b") == MailboxAddress.parse("imap://b@127.0.0.1:1143")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("smtps://b@mail.example", "imaps://user@host"),
        ("imaps://b:word@mail.example", "without the password"),
        ("imaps://mail.example", "whose mailbox"),
        ("imaps://b@mail.example/Zur%C3%BCck", "ASCII"),
        ("imaps://b@mail.example/a%22b", "ASCII"),
        ("imaps://b@mail.example/a%0D%0Ab", "ASCII"),
    ],
)
def test_a_mailbox_that_cannot_be_opened_is_refused(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        MailboxAddress.parse(url)


def test_a_gateway_is_met_over_https_but_on_this_machine() -> None:
    assert "https://push.example/send" == expect_safe("https://push.example/send")
    assert "http://localhost:9/send" == expect_safe("http://localhost:9/send")
    with pytest.raises(ValueError, match="https"):
        expect_safe("http://push.example/send")
