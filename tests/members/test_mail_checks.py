"""What `doctor` says of sending mail."""

from collections.abc import Mapping, Sequence

import pytest

from members_service.mail_checks import looks_at_mail
from members_service.settings import Settings
from shared.configuration import load
from shared.operating.doctor import NotLookedAt
from tests.members.imap_server import Mailbox, serving
from tests.members.register import SETTINGS
from tests.members.smtp_sink import MailSink, listening

SPF = "v=spf1 include:mail.example -all"


def settings(**changed: str) -> Settings:
    return load(Settings, **SETTINGS | {"mail_from": "notices@library.example"} | changed)


async def of_sender(known: Mapping[str, Sequence[str]], mail_from: str = "Library <notices@bücher.example>") -> str:
    async def texts(name: str) -> Sequence[str]:
        return known.get(name, [])

    return await looks_at_mail(settings(mail_from=mail_from), texts)["sender"]()


async def test_a_mail_server_that_answers_is_well_and_one_that_does_not_is_named() -> None:
    async with listening(MailSink()) as sink:
        assert await looks_at_mail(settings(smtp_url=f"smtp://127.0.0.1:{sink.port}"))["mail"]() == ""
    gone = await looks_at_mail(settings(smtp_url=f"smtp://127.0.0.1:{sink.port}"))["mail"]()
    assert gone.startswith(f"does not answer at 127.0.0.1:{sink.port}:")


async def test_a_mail_server_without_encryption_is_no_good_beyond_loopback() -> None:
    async with listening(MailSink()) as sink:
        trouble = await looks_at_mail(settings(smtp_url=f"smtps://127.0.0.1:{sink.port}"))["mail"]()
    assert "no encryption that can be trusted" in trouble


async def test_a_mailbox_that_lets_us_in_is_well_and_one_that_does_not_says_why() -> None:
    async with serving(Mailbox()) as mailbox:
        url = f"imap://bounces@127.0.0.1:{mailbox.port}"
        looked = looks_at_mail(settings(bounce_imap_url=url, bounce_imap_password="word"))["bounces"]
        refused = looks_at_mail(settings(bounce_imap_url=url, bounce_imap_password="other"))["bounces"]
        assert await looked() == ""
        assert "AUTHENTICATIONFAILED" in await refused()
    assert (await looked()).startswith("cannot be read:")


async def test_what_is_not_set_is_not_looked_at() -> None:
    for name in ("mail", "sender", "bounces"):
        with pytest.raises(NotLookedAt):
            await looks_at_mail(load(Settings, **SETTINGS))[name]()


async def test_a_domain_that_says_who_may_send_in_its_name_is_well() -> None:
    domain = "xn--bcher-kva.example"
    dmarc = {f"_dmarc.{domain}": ["v=DMARC1; p=reject"]}
    assert await of_sender({domain: ["other", SPF], **dmarc}) == ""
    assert await of_sender({f"mail.{domain}": [SPF], **dmarc}, f"notices@mail.{domain}") == ""
    assert "has no SPF record" in await of_sender(dmarc)
    assert "2 SPF records" in await of_sender({domain: [SPF, SPF], **dmarc})
    assert "ends in +all" in await of_sender({domain: ["v=spf1 +all"], **dmarc})
    assert f"publish one at _dmarc.{domain}" in await of_sender({domain: [SPF]})
