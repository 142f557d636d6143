"""Samples of what the routes take and answer, one for each type: from these the document shows every example."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from members_service.api.identity.accounts import (
    AccountOpened,
    AccountPatchRequest,
    AccountRequest,
    AccountResponse,
    PasswordRequest,
)
from members_service.api.identity.activation import ActivatedResponse, ActivationRequest
from members_service.api.identity.discovery_samples import OF_DISCOVERY
from members_service.api.identity.oauth.tokens import TokenResponse
from members_service.api.identity.provider_samples import OF_PROVIDERS
from members_service.api.identity.recoveries import RecoveredRequest, RecoveredResponse, RecoveryRequest
from members_service.api.identity.rights import (
    ExplainRequest,
    HeldRight,
    HeldRights,
    RightResponse,
    RightsResponse,
)
from members_service.api.identity.roles import GrantRequest, GrantsResponse, RoleRequest, RolesResponse
from members_service.api.identity.samples import A_PASSKEY, OF_PASSKEYS_AND_MATRIX
from members_service.api.identity.second_factor import OtpRequest
from members_service.api.identity.sessions import OpenSessionResponse
from members_service.api.membership.application_samples import OF_APPLICATIONS
from members_service.api.membership.blocks import BlockRequest, SuspensionRequest
from members_service.api.membership.cards import CardRequest, LostCardRequest
from members_service.api.membership.categories import CategoriesRequest, CategoryRequest
from members_service.api.membership.desk_messages import DeskMessageRequest
from members_service.api.membership.duplicates import MergeRequest
from members_service.api.membership.member_requests import (
    AddressRequest,
    MemberPatchRequest,
    MemberRequest,
    OwnMemberPatchRequest,
)
from members_service.api.membership.memberships import MembershipRenewalRequest
from members_service.api.membership.pins import OwnPinRequest, PinRequest, VerificationRequest
from members_service.api.membership.printed_cards import CardsRequest
from members_service.api.membership.standing import StandingQuestion, StandingsRequest
from members_service.api.notices.samples import OF_NOTICES
from members_service.api.notices.sending_samples import A_MESSAGE, A_NOTICE
from members_service.api.privacy.audit import AuditRecordResponse
from members_service.api.privacy.personal_data import (
    ElsewhereResponse,
    ExportedAccount,
    ExportedPasskey,
    ExportResponse,
    OwnErasureRequest,
)
from members_service.application.identity.accounts.account_views import AccountView, OpenedAccount, ResetOffered
from members_service.application.identity.accounts.recover import RecoveryOffered
from members_service.application.identity.accounts.show_desk_key import DeskKey
from members_service.application.identity.grants.views import Explanation, GrantView, RoleView
from members_service.application.identity.passkeys.views import KeptPasskey
from members_service.application.identity.second_factor.confirm_second_factor import RecoveryCodes
from members_service.application.identity.second_factor.offer_second_factor import SecondFactorOffered
from members_service.application.identity.sessions.session_views import RevocationView, SessionView
from members_service.application.membership.cards.verify_pin import VerifiedView
from members_service.application.membership.desk_messages.views import DeskMessageView
from members_service.application.membership.standing.views import (
    BlockView,
    ProblemView,
    StandingOrProblem,
    StandingsView,
    StandingView,
)
from members_service.application.membership.views import (
    CardView,
    CategoriesView,
    DuplicatesView,
    EnrolledMember,
    GuardianView,
    HistoryEntryView,
    MemberView,
)
from members_service.application.membership.working_lists import ComingOfAge, EndingMembership, PerhapsTheSame
from members_service.application.privacy.audit_views import AuditView
from members_service.application.privacy.begin_erasure import LeavingView
from members_service.application.privacy.personal_record import AccountOnRecord
from members_service.domain.identity.roles import SHIPPED
from members_service.domain.membership.card import CardState
from members_service.domain.membership.desk_message import DeskNote
from members_service.domain.membership.guardian import Permission
from members_service.domain.membership.history_entry import MembershipEventType
from members_service.domain.membership.likeness import Likeness
from members_service.domain.membership.member_record import ReadingHistory
from members_service.domain.membership.membership import CategoryTerms
from members_service.domain.membership.personal_details import Address, Note
from members_service.domain.membership.standing import Action, Refusal, Status
from members_service.domain.rights import RIGHTS
from shared.kernel.file_records import RecordError
from shared.kernel.from_attributes import from_attributes
from shared.kernel.import_profiles import ImportProfile
from shared.kernel.imports import ImportView
from shared.web.imports import samples_of
from shared.web.working_lists import a_sample

_MARY = UUID("01a20e28-0f3d-748b-97af-a3e33bce55d0")
_HER_ACCOUNT = UUID("01a20e28-0f3d-748b-97af-a3e33bce5502")
_A_LIBRARIAN = "01a20e28-0f3d-748b-97af-a3e33bce5501"
_MEMBER_ID = UUID("0193c2f4-7a10-7cc1-8f2e-5a1d3b9c7e01")
_CARD, _PIN, _NEW_PIN = "20000000000018", "4819", "1379"
_PASSWORD, _ONE_TIME_TOKEN = "seven-quiet-otters-read", "agUK8iWOFFH1c22-TlsSycSYJqrRM6vq2FY7EZNDVXs"
_JOINED = datetime(2026, 3, 2, 10, tzinfo=UTC)
_TOMORROW = datetime(2026, 3, 3, 10, tzinfo=UTC)
_IN_TWO_WEEKS = datetime(2026, 3, 16, 10, tzinfo=UTC)

_A_MEMBER = MemberView(
    member_id=_MARY,
    number=2158,
    card_number="29427912910439",
    card_stopped_at=None,
    name="Mary Somerville",
    given_name=None,
    family_name=None,
    title=None,
    preferred_name=None,
    email="mary@library.example",
    category="adult",
    status=Status.ACTIVE,
    joined_at=_JOINED,
    expires_on=date(2027, 3, 2),
    suspension=None,
    language="en",
    phone="+44 20 7946 0018",
    mobile=None,
    other_phone=None,
    second_address=None,
    address=Address("12 St James's Square", "SW1Y 4JH", "London", "GB"),
    date_of_birth=None,
    home_branch="MAIN",
    notes=(Note("Has promised a bookcase.", show_at_desk=True),),
    attributes={},
    guardians=(),
    reading_history=ReadingHistory.DEFAULT,
    has_pin=True,
    external_id=None,
    version=1,
)
_A_CARD = CardView(_CARD, _MARY, CardState.ACTIVE, issued_at=_JOINED, replaced_at=None, stopped_at=None)
_A_BLOCK = BlockView(
    *(UUID("01a20f31-52c4-7d0e-b6a5-1f8e0c7d9a24"), _MARY, Action.HOLD, "Did not fetch three holds.", None),
    *(datetime(2026, 3, 5, 15, 20, tzinfo=UTC), "MAIN"),
)
_A_DESK_MESSAGE = DeskMessageView(
    message_id=UUID("01a20f31-52c4-7d0e-b6a5-1f8e0c7d9a25"),
    member_id=_MARY,
    text="A pair of glasses was found in her last book.",
    branch="MAIN",
    until=date(2026, 6, 30),
    written_at=datetime(2026, 3, 5, 15, 20, tzinfo=UTC),
    written_by=_A_LIBRARIAN,
    read_at=None,
    read_by=None,
    done_at=None,
    done_by=None,
)
_A_HISTORY_ENTRY = HistoryEntryView(
    happening_id=UUID("01a20f31-52c5-7a4b-8e02-93c1d5f7b0a6"),
    member_id=_MARY,
    what=MembershipEventType.CHANGED,
    at=datetime(2026, 3, 4, 11, 45, tzinfo=UTC),
    by=_A_LIBRARIAN,
    reason=None,
    facts={"fields": "address phone"},
)
_A_STANDING = StandingView(
    member_id=_MEMBER_ID,
    category="adult",
    expires_on=date(2026, 3, 9),
    may_borrow=False,
    may_renew=False,
    may_hold=False,
    refusals=(
        Refusal(
            "membership-expired",
            "The membership expired on 2026-03-09. Renew it first.",
            expires_on=date(2026, 3, 9),
        ),
    ),
    notes=(DeskNote(_A_DESK_MESSAGE.text, "MAIN", date(2026, 6, 30)),),
)
_AN_ACCOUNT = AccountView(
    account_id=_HER_ACCOUNT,
    email="mary@library.example",
    roles=("member",),
    member_id=_MARY,
    activated=True,
    disabled=False,
    second_factor=False,
    signs_in_elsewhere=False,
    created_at=_JOINED,
    version=3,
)
_A_SESSION = SessionView(
    session_id="LWKDmNoqFGXF1cyJvtf7JI",
    client_id="swagger",
    started_at=datetime(2026, 3, 2, 10, 5, tzinfo=UTC),
    refreshed_at=datetime(2026, 3, 2, 10, 19, tzinfo=UTC),
    ends_at=datetime(2026, 5, 1, 10, 5, tzinfo=UTC),
    ended_at=None,
)
_AN_AUDIT_RECORD = AuditView(
    record_id=_MARY,
    action="roles-changed",
    at=_JOINED,
    by=_A_LIBRARIAN,
    account_id=_HER_ACCOUNT,
    member_id=None,
    client_id=None,
    network=None,
    facts={"before": "librarian", "after": "admin librarian"},
)

_OF_MEMBERSHIP = (
    MemberRequest(
        name="Mary Somerville",
        email="mary@library.example",
        category="adult",
        phone="+44 20 7946 0018",
        address=AddressRequest(street="12 St James's Square", postal_code="SW1Y 4JH", city="London", country="GB"),
        language="en",
    ),
    MemberPatchRequest(name="Mary Fairfax Somerville", phone=None),
    OwnMemberPatchRequest(phone="+44 20 7946 0018"),
    OwnMemberPatchRequest(address=None),
    MergeRequest(into=_MARY),
    _A_MEMBER,
    from_attributes(_A_MEMBER, EnrolledMember, activation_token=_ONE_TIME_TOKEN, activation_expires_at=_IN_TWO_WEEKS),
    DuplicatesView(Likeness.DATE_OF_BIRTH, (_A_MEMBER, _A_MEMBER)),
    GuardianView(_MEMBER_ID, (Permission.PAY, Permission.SEE)),
    MembershipRenewalRequest(),
    MembershipRenewalRequest(expires_on=date(2030, 6, 30)),
    CardRequest(reason="Lost on the tram."),
    LostCardRequest(reason="Lost on the tram."),
    CardsRequest(member_ids=[_MEMBER_ID], sheet="a4-2x5", heading="Library of the town"),
    _A_CARD,
    from_attributes(_A_MEMBER, EndingMembership),
    from_attributes(_A_MEMBER, ComingOfAge, comes_of_age_on=date(2026, 3, 9), guardians=1),
    PerhapsTheSame("date-of-birth", (_A_MEMBER.name, _A_MEMBER.name), (_MARY, _MARY)),
    a_sample("memberships-ending", EndingMembership),
    SuspensionRequest(reason="Shouting.", until=date(2030, 6, 30)),
    BlockRequest(action="hold", reason=_A_BLOCK.reason),
    _A_BLOCK,
    DeskMessageRequest(text=_A_DESK_MESSAGE.text, branch="MAIN", until=date(2026, 6, 30)),
    _A_DESK_MESSAGE,
    _A_HISTORY_ENTRY,
    CategoriesRequest(items=[CategoryRequest(category="adult", name="Adult", months=12)]),
    CategoriesView(
        items=(
            CategoryTerms("adult", "Adult", 12),
            CategoryTerms("child", "Child", 12, oldest=17, follows="adult", names={"de": "Kind"}),
        ),
        version=1,
        made_at=None,
    ),
    VerificationRequest(card_number=_CARD, pin=_PIN),
    VerifiedView(_MARY, "eyJhbGciOiJFUzI1NiIsImtpZCI6I…", expires_in=120),
    PinRequest(pin=_PIN),
    OwnPinRequest(current_pin=_PIN, pin=_NEW_PIN),
    StandingsRequest(members=[StandingQuestion(card_number=_CARD), StandingQuestion(member_id=_MEMBER_ID)]),
    _A_STANDING,
    StandingsView(
        [
            StandingOrProblem(found=_A_STANDING),
            StandingOrProblem(problem=ProblemView("member-not-found", "No member has this id or card number.")),
        ]
    ),
)
_A_PROFILE = ImportProfile(
    "koha", "members", "csv", {"external_id": "id"}, ("external_id",), ("email", "phone"), version=3
)
_AN_IMPORT = ImportView(
    import_id=UUID("01a20f58-136b-707a-9e57-803ea531a0a4"),
    state="done",
    what="members",
    format="csv",
    dry_run=False,
    read=2000,
    created=1970,
    updated=0,
    skipped=29,
    failed=1,
    kinds={},
    match=(),
    protect=(),
    undoes=None,
    left_out={"sex": 1200},
    errors=(
        RecordError(
            916,
            "koha-812",
            "unknown-category",
            "The library has no category 'PT'. There are: adult, child, senior, staff, student.",
        ),
    ),
    next_cursor=None,
    created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    finished_at=datetime(2026, 3, 1, 9, 30, 9, tzinfo=UTC),
    version=12,
)
_A_GRANT = GrantView("circulation-lead", ("EAST",), datetime(2026, 9, 1, tzinfo=UTC))
_HELPS_OUT = replace(_AN_ACCOUNT, roles=("circulation-lead", "member"))
_A_ROLE = RoleView.of(SHIPPED["desk"])
_OF_IDENTITY = (
    AccountRequest(email="grace@library.example", roles=["librarian"]),
    AccountPatchRequest(roles=["librarian", "admin"]),
    AccountPatchRequest(disabled=True),
    AccountResponse.of(_AN_ACCOUNT),
    AccountOpened.of_opened(OpenedAccount(replace(_AN_ACCOUNT, activated=False), _ONE_TIME_TOKEN, _IN_TWO_WEEKS)),
    ResetOffered(_ONE_TIME_TOKEN, _TOMORROW),
    ActivationRequest(activation_token="xHq2…", password=_PASSWORD),
    ActivatedResponse.of(_AN_ACCOUNT),
    PasswordRequest(current_password="ada-demo-password", password=_PASSWORD),
    RightsResponse(items=[RightResponse.of_known(known) for known in RIGHTS[:2]]),
    HeldRights(items=[HeldRight(right="lend", branches=["EAST"]), HeldRight(right="see_loans", branches=None)]),
    ExplainRequest(account_id=_AN_ACCOUNT.account_id, right="waive", branch="EAST"),
    Explanation(allowed=True, because=(_A_GRANT,)),
    RoleRequest(title="Children's desk", rights=["lend", "take_back", "renew", "see_loans", "see_members"]),
    RolesResponse(items=[_A_ROLE]),
    _A_ROLE,
    GrantRequest(branches=["EAST"], until=datetime(2026, 9, 1, tzinfo=UTC)),
    GrantsResponse(items=[_A_GRANT]),
    _A_GRANT,
    OtpRequest(otp="492039"),
    SecondFactorOffered(
        secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        otpauth_uri="otpauth://totp/Library:grace%40library.example"
        "?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Library",
    ),
    RecoveryCodes(("7qj2-ufty-3kwm-a6zn-pxb4-vh5d",)),
    RecoveryRequest(card_number=_CARD, email="ada@library.example"),
    RecoveryOffered("djE6MTpBQUVD…", _TOMORROW),
    RecoveredRequest(recovery_token="djE6MTpBQUVD…", pin=_NEW_PIN),
    RecoveredResponse(member_id=_MARY, email=None),
    OpenSessionResponse(
        session_id=_A_SESSION.session_id,
        client_id=_A_SESSION.client_id,
        created_at=_A_SESSION.started_at,
        last_used_at=_A_SESSION.refreshed_at,
        current=True,
    ),
    RevocationView(_A_SESSION.session_id, _JOINED),
    DeskKey(
        "EC",
        "P-256",
        x="MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        y="4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        d="870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
    ),
    TokenResponse(
        access_token="eyJhbGciOiJFUzI1NiIs….….…",
        token_type="bearer",
        expires_in=900,
        scope="self",
        refresh_token="0193c2f4….…",
    ),
    *OF_DISCOVERY,
)
_OF_PRIVACY = (
    OwnErasureRequest(confirm=True),
    LeavingView(_MARY, _JOINED),
    AuditRecordResponse.of(_AN_AUDIT_RECORD),
    ExportResponse(
        exported_at=datetime(2026, 3, 9, 16, tzinfo=UTC),
        member=_A_MEMBER,
        cards=[_A_CARD],
        blocks=[_A_BLOCK],
        desk_messages=[_A_DESK_MESSAGE],
        history=[_A_HISTORY_ENTRY],
        accounts=[ExportedAccount.of_record(AccountOnRecord(_HELPS_OUT, (_A_GRANT,)))],
        identities=[],
        passkeys=[ExportedPasskey.of_kept(KeptPasskey(_HELPS_OUT.account_id, A_PASSKEY))],
        sessions=[_A_SESSION],
        audit=[AuditRecordResponse.of(_AN_AUDIT_RECORD)],
        notices=[A_NOTICE],
        messages=[A_MESSAGE],
        notice_preferences=None,
        elsewhere=[ElsewhereResponse(service="loans", path=f"/v1/borrowers/{_MARY}/export")],
    ),
)

SAMPLES = (
    *_OF_MEMBERSHIP,
    *OF_APPLICATIONS,
    *samples_of(_AN_IMPORT, _A_PROFILE),
    *_OF_IDENTITY,
    *OF_PROVIDERS,
    *OF_PASSKEYS_AND_MATRIX,
    *OF_NOTICES,
    *_OF_PRIVACY,
)
