"""What notices are handed: neighbours, a mail server, a gateway, and words. Only the background side needs them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from members_service.adapters.notices.books_over_http import BooksOverHttp
from members_service.adapters.notices.carriers import OutgoingCarriers
from members_service.adapters.notices.imap_mailbox import ImapMailbox
from members_service.adapters.notices.late_templates import LateTemplates
from members_service.adapters.notices.notice_metrics import count_what_came_back
from members_service.adapters.notices.push import read_secret
from members_service.adapters.notices.push_gateway import HttpPushGateway
from members_service.adapters.notices.server_address import MailboxAddress, ServerAddress
from members_service.adapters.notices.shipped_templates import ShippedInToml
from members_service.adapters.notices.smtp_server import SmtpServer
from members_service.application.notices.bundle import BundleNotices, Possible
from members_service.application.notices.hand_over import HandOver
from members_service.application.notices.hear_what_is_noted import HearWhatIsNoted
from members_service.application.notices.letters.prepare_batches import PrepareLetters
from members_service.application.notices.note_bounce import NoteBounce
from members_service.application.notices.note_occurrences import NoteOccurrences
from members_service.application.notices.ports import Lending
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.application.notices.prepare import PrepareMessages, UnsubscribeLink
from members_service.application.notices.queries import (
    NoticeQueries,
    RecipientQueries,
    ReminderQueries,
    SettingsQueries,
)
from members_service.application.notices.read_bounces import ReadBounces
from members_service.application.notices.rendering.render import RenderNotices
from members_service.application.notices.templates.queries import TemplateQueries
from members_service.application.notices.timed import ForgetMessages, RemindMembers
from members_service.application.notices.work import NoticeWorkFactory
from members_service.domain.notices.message import Message
from members_service.domain.notices.notice_settings import NoticeSettings
from members_service.domain.notices.template import InvalidTemplate, TemplateKey
from members_service.persistence.data_keys import DataKeys
from members_service.settings import WorkerSettings
from members_service.wiring.ports import notice_defaults_of, unsubscribe_tokens_of, work_of
from shared.kernel.clock import Clock
from shared.messaging.housekeeping import EVERY
from shared.messaging.leadership import leadership_of
from shared.messaging.worker import Job
from shared.outgoing_http import Neighbour, NeighbourClient
from shared.persistence.database import Database, is_passing
from shared.service.worker import TimedJob
from shared.tasks import Act, WakeUp, work_off

_LOOK_EVERY, _MEASURES_EVERY, _MAILBOX_EVERY = 3.0, 30.0, 60.0  # seconds
_LONGER_AFTER_DOT = 4.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NoticeJobs:
    """What the background side does for notices. `aclose` is awaited at the end."""

    note: NoteOccurrences
    hear: HearWhatIsNoted
    bundle: BundleNotices
    hand_over: HandOver
    letters: PrepareLetters
    remind: RemindMembers
    forget: ForgetMessages
    bounces: Act | None
    carriers: OutgoingCarriers

    @property
    def jobs(self) -> dict[str, Job]:
        """What is worked on as soon as there is something."""
        work: dict[str, Callable[[], Awaitable[bool]]]
        work = {"bundling": self.bundle, "letters": self.letters, "handing over": self.hand_over}
        return {name: partial(work_off, one, looks_every=_LOOK_EVERY) for name, one in work.items()}

    def timed(self, measure: Act) -> dict[str, TimedJob]:
        """Return what is done at intervals; `measure` counts what waits."""
        bounces = {} if self.bounces is None else {"bounces": TimedJob(_MAILBOX_EVERY, self.bounces)}
        jobs = {"reminders": TimedJob(EVERY, self.remind), "notice gauges": TimedJob(_MEASURES_EVERY, measure)}
        return jobs | bounces

    async def aclose(self) -> None:
        """Close every connection."""
        await self.carriers.aclose()


def notice_jobs_of(
    settings: WorkerSettings,
    database: Database,
    books: NeighbourClient,
    *,
    lending: Lending,
    data_keys: DataKeys,
    clock: Clock,
    wake_up: WakeUp,
) -> NoticeJobs:
    """Return the jobs that send notices."""
    defaults = notice_defaults_of(settings)
    unit_of_work = work_of(settings, database, data_keys, clock, wake_up)
    recipients = RecipientQueries(database, data_keys)
    carriers = _carriers_of(settings, clock)
    prepare = PrepareMessages(
        NoticeQueries(database, data_keys),
        recipients,
        lending,
        BooksOverHttp(Neighbour(books)),
        _words_of(database),
        ShippedInToml().reason,
        _unsubscribing(settings, data_keys),
        clock,
        defaults.zone,
    )
    possible = Possible(carriers.ways)
    preferences = PreferenceQueries(database)
    return NoticeJobs(
        NoteOccurrences(unit_of_work, defaults.zone),
        HearWhatIsNoted(
            unit_of_work, SettingsQueries(database, defaults), partial(leadership_of, database, "hearing"), clock
        ),
        BundleNotices(unit_of_work, recipients, preferences, possible, clock, defaults.zone),
        HandOver(unit_of_work, prepare, carriers, clock, defaults.zone),
        PrepareLetters(unit_of_work, prepare, clock),
        RemindMembers(unit_of_work, ReminderQueries(database, data_keys), clock, defaults.zone),
        ForgetMessages(unit_of_work, clock),
        _reading_bounces(settings, database, unit_of_work, clock),
        carriers,
    )


def _carriers_of(settings: WorkerSettings, clock: Clock) -> OutgoingCarriers:
    mail, push = None, None
    if settings.smtp_url is not None:
        password = None if settings.smtp_password is None else settings.smtp_password.get_secret_value()
        timeout = settings.smtp_timeout
        mail = SmtpServer(
            ServerAddress.parse(settings.smtp_url),
            password=password,
            ca_file=settings.tls_ca_file,
            timeout=timeout,
            after_dot=_LONGER_AFTER_DOT * timeout,
        )
    if settings.push_url is not None and settings.push_secret is not None:
        secret = read_secret(settings.push_secret.get_secret_value())
        push = HttpPushGateway(settings.push_url, secret, ca_file=settings.tls_ca_file)
    return OutgoingCarriers(mail, push, settings.mail_from, clock)


def _reading_bounces(
    settings: WorkerSettings, database: Database, unit_of_work: NoticeWorkFactory, clock: Clock
) -> Act | None:
    """Return what reads the mailbox of what comes back, in one process at a time; None where there is none."""
    mailbox = mailbox_of(settings)
    if mailbox is None:
        return None
    read = ReadBounces(mailbox, NoteBounce(unit_of_work, clock), count_what_came_back, is_passing, clock)

    async def read_alone() -> None:
        async with leadership_of(database, "mailbox") as leads:
            if leads is not None:
                await read()

    return read_alone


def mailbox_of(settings: WorkerSettings, *, timeout: float = 30.0) -> ImapMailbox | None:
    """Return the mailbox of what comes back, if the library has one; `timeout` in seconds."""
    if settings.bounce_imap_url is None or settings.bounce_imap_password is None:
        return None
    address, password = MailboxAddress.parse(settings.bounce_imap_url), settings.bounce_imap_password
    return ImapMailbox(address, password=password.get_secret_value(), ca_file=settings.tls_ca_file, timeout=timeout)


def _words_of(database: Database) -> RenderNotices:
    return RenderNotices(TemplateQueries(database), LateTemplates(), ShippedInToml(), _note_failure)


def _note_failure(key: TemplateKey, error: InvalidTemplate) -> None:
    _log.warning("a template of the library failed; the shipped one was used", template=str(key), reason=str(error))


def _unsubscribing(settings: WorkerSettings, data_keys: DataKeys) -> UnsubscribeLink:
    tokens = unsubscribe_tokens_of(data_keys)

    def link(member_id: UUID, message: Message, notices: NoticeSettings) -> str | None:
        public = settings.auth_public_url or ""
        base = public if urlsplit(public).scheme else notices.public_url
        return (
            None
            if base is None
            else f"{base.rstrip('/')}/v1/unsubscribe?token={tokens.token_for(member_id, message.kinds)}"
        )

    return link
