"""Notices on their way to a mail server that does what it is told."""

from collections.abc import AsyncIterator

import pytest

from tests.members.notices import NoticeDesk
from tests.members.register import Register
from tests.members.smtp_sink import MailSink, listening


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with listening(MailSink()) as sink:
        yield sink


@pytest.fixture
def desk(register: Register, sink: MailSink) -> NoticeDesk:
    return NoticeDesk(register, sink.port)
