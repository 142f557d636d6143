"""Samples of what the routes of notices take and answer."""

from datetime import UTC, datetime
from uuid import UUID

from members_service.api.notices.kinds import NoticeKindsResponse, described
from members_service.api.notices.letters import LettersRequest
from members_service.api.notices.preferences import ApplyRequest, DefaultsRequest, PreferencesPatchRequest
from members_service.api.notices.sending_samples import SAMPLES as OF_SENDING
from members_service.api.notices.templates import PreviewRequest, TemplateRequest
from members_service.application.notices.letters.print_letters import LetterBatchView
from members_service.application.notices.preferences.views import AppliedView, DefaultsView, PreferencesView, kinds_of
from members_service.application.notices.templates.views import PreviewView, TemplateVersionView, TemplateView
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.preferences import NoticePreferences

_ADA = UUID("0193c2f4-7a10-7c3e-9d5a-1b2c3d4e5f60")
_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_SUBJECT = "Due soon at {{ library.name }}"
_TEXT = """{% for item in items %}
* {{ item.title }}: {{ item.due|when }}
{% endfor %}"""
_CHOSEN = NoticePreferences((Way.MAIL, Way.LETTER), {NoticeKind.DUE_TODAY: False})
OF_NOTICES = (
    *OF_SENDING,
    NoticeKindsResponse(items=[described(NoticeKind.DUE_SOON)]),
    TemplateRequest(subject=_SUBJECT, text=_TEXT),
    TemplateView(NoticeKind.DUE_SOON.value, Way.MAIL, "en", None, _SUBJECT, _TEXT, None, shipped=False, version=1),
    TemplateVersionView(1, _SUBJECT, _TEXT, None, _AT, "0193c2f4-7a10-7c3e-9d5a-000000000001"),
    PreviewRequest(member_id=_ADA),
    PreviewView("en", "Due soon at Library", "Dear Ada Lovelace, …", None),
    PreferencesPatchRequest(language="de", ways=[Way.MAIL], kinds={NoticeKind.DUE_TODAY: False}),
    PreferencesView(_ADA, "de", _CHOSEN.ways, kinds_of(_CHOSEN), chosen=True, version=1),
    DefaultsRequest(ways=[Way.PUSH, Way.MAIL], kinds={NoticeKind.RECEIPT: False}),
    DefaultsView("adult", (Way.PUSH, Way.MAIL), kinds_of(_CHOSEN), _AT, None, 1),
    LettersRequest(branch="MAIN"),
    LetterBatchView(_ADA, "MAIN", 0, _AT, None, None, None, 1),
    ApplyRequest(dry_run=True),
    AppliedView("adult", 1, 312, dry_run=True),
)
