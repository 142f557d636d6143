"""Invented notices, to show and to try templates with: a full one of each kind, and a sparse one."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from members_service.application.notices.rendering.context import (
    About,
    BranchFacts,
    Changed,
    Item,
    LibraryFacts,
    Links,
    NoticeContext,
    Reader,
    filled_in,
)
from members_service.domain.notices.kinds import NoticeClass, NoticeKind

_TODAY = date(2026, 11, 30)
_ITEMS = (
    Item(
        title="The Left Hand of Darkness",
        author="Ursula K. Le Guin",
        barcode="30001234",
        shelf_mark="813 LEG",
        due=_TODAY + timedelta(days=3),
        days_late=7,
        renewable=False,
        why_not="somebody else is waiting for it",
        waiting=2,
        fetch_until=_TODAY + timedelta(days=8),
        fine=250,
    ),
    Item(
        title="ألف ليلة وليلة",
        barcode="30001235",
        volume="2",
        due=datetime(2026, 12, 1, 16, 30),  # noqa: DTZ001 - as a clock on the wall of the branch shows it
        days_late=1,
        renewable=True,
        waiting=1,
        fetch_until=_TODAY + timedelta(days=8),
        fine=100,
    ),
)
_LINKS = Links(
    account="https://library.example/account",
    renew="https://library.example/account#loans",
    preferences="https://library.example/account#notices",
    unsubscribe="https://library.example/unsubscribe",
)


def full_sample(kind: NoticeKind, *, language: str = "en") -> NoticeContext:
    """Return an invented notice in which everything is filled that this kind has, and a child that it is about."""
    filled = filled_in(kind)
    money = kind in (NoticeKind.RECEIPT, NoticeKind.REFUNDED, NoticeKind.LOST)
    return NoticeContext(
        kind=kind,
        reader=Reader("Ada", "Lovelace", language, _TODAY + timedelta(days=14)),
        library=LibraryFacts("Library", "https://library.example"),
        about=About("Mia") if kind.notice_class is not NoticeClass.SECURITY else None,
        branch=BranchFacts(
            "Main Library",
            "1 Main Street\n12345 Town",
            "+49 30 1234567",
            "main@library.example",
            "10:00–18:00",
            _TODAY + timedelta(days=1),
        ),
        items=_ITEMS if "items" in filled or kind is NoticeKind.RECEIPT else (),
        stage=2 if kind is NoticeKind.OVERDUE else None,
        stages=3 if kind is NoticeKind.OVERDUE else None,
        amount=350 if money or "amount" in filled else None,
        receipt="MAIN-2026-000042" if money and kind is not NoticeKind.LOST else None,
        changed=Changed(_TODAY, _TODAY + timedelta(days=3), "–") if "changed" in filled else None,
        links=_LINKS if kind.notice_class is NoticeClass.COURTESY else replace(_LINKS, unsubscribe=None),
        code="ABCD-EFGH-2345" if "code" in filled else None,
    )


def sparse_sample(kind: NoticeKind) -> NoticeContext:
    """Return an invented notice in which only that is filled which every notice of this kind has."""
    full, filled = full_sample(kind), filled_in(kind)
    return replace(
        full,
        reader=Reader("Ada"),
        library=LibraryFacts("Library"),
        about=None,
        branch=BranchFacts("Main Library") if "branch" in filled else None,
        items=tuple(Item("The Left Hand of Darkness") for _ in full.items) if "items" in filled else (),
        stages=None,
        receipt=None,
        changed=Changed() if "changed" in filled else None,
        links=Links(),
    )
