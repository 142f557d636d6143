"""What `doctor` looks at before a library sends mail: the server, and what DNS says of the sender's domain."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from members_service.adapters.notices.mail import domain_of
from members_service.adapters.notices.server_address import ServerAddress
from members_service.settings import Settings
from shared.operating.doctor import Look, NotLookedAt, reason

Texts = Callable[[str], Awaitable[Sequence[str]]]
"""Returns the texts (TXT) that DNS has under a name. Raises NotLookedAt when DNS does not answer."""

_TIMEOUT = 5.0  # seconds


async def texts_in_dns(name: str) -> Sequence[str]:
    """Return the texts that DNS has under a name. Raises NotLookedAt."""
    import dns.asyncresolver  # noqa: PLC0415 - for whoever runs doctor
    import dns.exception  # noqa: PLC0415 - as above
    import dns.resolver  # noqa: PLC0415 - as above

    try:
        found = await dns.asyncresolver.resolve(name, "TXT", lifetime=_TIMEOUT)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise NotLookedAt(f"DNS does not answer for {name}: {reason(error)}") from error
    return [b"".join(each.strings).decode("ascii", "replace") for each in found]


def looks_at_mail(settings: Settings, texts: Texts = texts_in_dns) -> Mapping[str, Look]:
    """Return the checks of `doctor` on sending mail."""
    return {
        "mail": lambda: _server(settings),
        "sender": lambda: _sender(settings.mail_from, texts),
        "bounces": lambda: _mailbox(settings),
    }


async def _server(settings: Settings) -> str:
    """Connect, encrypt and sign in, as the relay does, and send nothing."""
    if settings.smtp_url is None:
        raise NotLookedAt("MEMBERS_SMTP_URL is not set, so that no mail is sent")
    import aiosmtplib  # noqa: PLC0415 - for whoever sends mail

    from members_service.adapters.notices.smtp_server import SmtpServer  # noqa: PLC0415 - as above

    address = ServerAddress.parse(settings.smtp_url)
    password = None if settings.smtp_password is None else settings.smtp_password.get_secret_value()
    server = SmtpServer(address, password=password, ca_file=settings.tls_ca_file, timeout=_TIMEOUT)
    try:
        await server.ping()
    except aiosmtplib.SMTPAuthenticationError as error:
        return f"does not let us in as {address.user}: {reason(error)}. Set MEMBERS_SMTP_PASSWORD anew."
    except (aiosmtplib.SMTPException, OSError) as error:
        if any(word in str(error) for word in ("SSL", "TLS", "certificate")):
            return f"at {address.host} offers no encryption that can be trusted: {reason(error)}. Nothing is sent."
        return f"does not answer at {address.host}:{address.port}: {reason(error)}. Mails wait, and none is lost."
    return ""


async def _mailbox(settings: Settings) -> str:
    """Open the mailbox of what comes back, as the relay does, and read nothing."""
    from members_service.application.notices.read_bounces import MailboxAway  # noqa: PLC0415 - for who reads one
    from members_service.wiring.notices import mailbox_of  # noqa: PLC0415 - as above

    mailbox = mailbox_of(settings, timeout=_TIMEOUT)
    if mailbox is None:
        raise NotLookedAt("MEMBERS_BOUNCE_IMAP_URL is not set, so that nobody reads what comes back")
    try:
        await mailbox.ping()
    except MailboxAway as error:
        return f"cannot be read: {error}. Mails that come back wait there, and their addresses are written to again."
    return ""


async def _sender(mail_from: str | None, texts: Texts) -> str:
    if mail_from is None:
        raise NotLookedAt("MEMBERS_MAIL_FROM is not set")
    domain = domain_of(mail_from)
    spf = [text for text in await texts(domain) if text.lower().startswith("v=spf1")]
    if len(spf) != 1:
        found = "no SPF record" if not spf else f"{len(spf)} SPF records where one counts"
        return f"is of {domain}, which has {found}: name the mail server there, or much of the mail is taken for spam."
    if spf[0].lower().rstrip().endswith("+all"):
        return f"is of {domain}, whose SPF record ends in +all: anybody may send in your name. End it in -all."
    for name in _dmarc_names(domain):
        if any(text.lower().startswith("v=dmarc1") for text in await texts(name)):
            return ""
    return f"is of {domain}, which has no DMARC record: publish one at _dmarc.{domain}, such as v=DMARC1; p=none."


def _dmarc_names(domain: str) -> list[str]:
    """Return where the policy of a domain may stand: at itself, or at one that it is a part of."""
    labels = domain.split(".")
    return [f"_dmarc.{'.'.join(labels[at:])}" for at in range(max(len(labels) - 1, 1))]
