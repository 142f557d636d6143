"""The kinds of notices, how much they matter, and which of them go into one message."""

from datetime import timedelta
from enum import StrEnum


class NoticeClass(StrEnum):
    """How much a notice matters. Courtesy can be declined; the other two cannot."""

    COURTESY = "courtesy"
    MANDATORY = "mandatory"
    SECURITY = "security"

    @property
    def turn(self) -> int:
        """What is handed over first has the lower number."""
        return (NoticeClass.SECURITY, NoticeClass.MANDATORY, NoticeClass.COURTESY).index(self)


class NoticeGroup(StrEnum):
    """Kinds of one group that wait at the same time go into one message."""

    DUE = "due"
    OVERDUE = "overdue"
    HOLDS = "holds"
    QUEUE = "queue"
    RECEIPTS = "receipts"
    MONEY = "money"
    MEMBERSHIP = "membership"
    CODE = "code"
    SIGN_IN = "sign_in"


class NoticeKind(StrEnum):
    """What a notice is about."""

    DUE_SOON = "due_soon"
    DUE_TODAY = "due_today"
    RENEWED = "renewed"
    NOT_RENEWED = "not_renewed"
    HOLD_PLACED = "hold_placed"
    MEMBERSHIP_ENDS = "membership_ends"
    RECEIPT = "receipt"
    OVERDUE = "overdue"
    HOLD_READY = "hold_ready"
    HOLD_READY_REMINDER = "hold_ready_reminder"
    HOLD_ENDED = "hold_ended"
    RECALLED = "recalled"
    DUE_DATE_CHANGED = "due_date_changed"
    LOST = "lost"
    CHARGED = "charged"
    REFUNDED = "refunded"
    BLOCKED = "blocked"
    ACTIVATION = "activation"
    RECOVERY = "recovery"
    ADDRESS_CHANGED = "address_changed"
    SIGNED_IN = "signed_in"

    @property
    def notice_class(self) -> NoticeClass:
        """How much it matters."""
        return _CLASS_AND_GROUP[self][0]

    @property
    def group(self) -> NoticeGroup:
        """With which other kinds it goes into one message."""
        return _CLASS_AND_GROUP[self][1]


_COURTESY, _MANDATORY, _SECURITY = NoticeClass.COURTESY, NoticeClass.MANDATORY, NoticeClass.SECURITY

_CLASS_AND_GROUP: dict[NoticeKind, tuple[NoticeClass, NoticeGroup]] = {
    NoticeKind.DUE_SOON: (_COURTESY, NoticeGroup.DUE),
    NoticeKind.DUE_TODAY: (_COURTESY, NoticeGroup.DUE),
    NoticeKind.RENEWED: (_COURTESY, NoticeGroup.DUE),
    NoticeKind.NOT_RENEWED: (_COURTESY, NoticeGroup.DUE),
    NoticeKind.HOLD_PLACED: (_COURTESY, NoticeGroup.QUEUE),
    NoticeKind.MEMBERSHIP_ENDS: (_COURTESY, NoticeGroup.MEMBERSHIP),
    NoticeKind.RECEIPT: (_COURTESY, NoticeGroup.RECEIPTS),
    NoticeKind.OVERDUE: (_MANDATORY, NoticeGroup.OVERDUE),
    NoticeKind.HOLD_READY: (_MANDATORY, NoticeGroup.HOLDS),
    NoticeKind.HOLD_READY_REMINDER: (_MANDATORY, NoticeGroup.HOLDS),
    NoticeKind.HOLD_ENDED: (_MANDATORY, NoticeGroup.HOLDS),
    NoticeKind.RECALLED: (_MANDATORY, NoticeGroup.OVERDUE),
    NoticeKind.DUE_DATE_CHANGED: (_MANDATORY, NoticeGroup.OVERDUE),
    NoticeKind.LOST: (_MANDATORY, NoticeGroup.MONEY),
    NoticeKind.CHARGED: (_MANDATORY, NoticeGroup.MONEY),
    NoticeKind.REFUNDED: (_MANDATORY, NoticeGroup.MONEY),
    NoticeKind.BLOCKED: (_MANDATORY, NoticeGroup.MONEY),
    NoticeKind.ACTIVATION: (_SECURITY, NoticeGroup.CODE),
    NoticeKind.RECOVERY: (_SECURITY, NoticeGroup.CODE),
    NoticeKind.ADDRESS_CHANGED: (_SECURITY, NoticeGroup.SIGN_IN),
    NoticeKind.SIGNED_IN: (_SECURITY, NoticeGroup.SIGN_IN),
}

SHOWN_ONCE = frozenset({NoticeKind.ACTIVATION, NoticeKind.RECOVERY})
"""Kinds that carry a secret: the text of their messages is shown to nobody but whom it is for."""

TO_ONE_ADDRESS = frozenset({NoticeGroup.CODE, NoticeGroup.SIGN_IN})
"""Groups whose notices go alone, each to the address that it names, and nowhere else: not once more, not another way.

What they are about is nobody's business at another address, and the code is forgotten once it has been on its way.
"""

DAILY = frozenset({NoticeGroup.DUE, NoticeGroup.OVERDUE, NoticeGroup.MONEY, NoticeGroup.MEMBERSHIP})
"""Groups that go out once a day, at the hour of the library."""

WINDOWS: dict[NoticeGroup, timedelta] = {
    NoticeGroup.HOLDS: timedelta(minutes=15),
    NoticeGroup.QUEUE: timedelta(minutes=15),
    NoticeGroup.RECEIPTS: timedelta(minutes=10),
    NoticeGroup.CODE: timedelta(0),
    NoticeGroup.SIGN_IN: timedelta(0),
}
"""How long the other groups wait for more of the same, unless the library says otherwise."""

LONGEST_SLIDE = timedelta(hours=1)
"""The window of receipts starts anew with each scan, but not for longer than this."""
