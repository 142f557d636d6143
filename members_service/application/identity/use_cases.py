"""Everything that can be asked of identity, each use case bound to what it needs."""

from dataclasses import dataclass

from members_service.application.identity.accounts.account_views import AccountViews
from members_service.application.identity.accounts.activate_account import ActivateAccount
from members_service.application.identity.accounts.change_account import ChangeAccount
from members_service.application.identity.accounts.change_password import ChangePassword
from members_service.application.identity.accounts.create_account import CreateAccount
from members_service.application.identity.accounts.offer_reset import OfferReset, OfferResetToMember, Recover
from members_service.application.identity.rotate_key import RotateKey
from members_service.application.identity.second_factor.confirm_second_factor import (
    ConfirmSecondFactor,
    DrawRecoveryCodes,
)
from members_service.application.identity.second_factor.offer_second_factor import OfferSecondFactor
from members_service.application.identity.second_factor.remove_second_factor import (
    RemoveSecondFactor,
    TurnSecondFactorOff,
)
from members_service.application.identity.sessions.end_session import EndSession
from members_service.application.identity.sessions.list_sessions import ListSessions
from members_service.application.identity.sessions.refresh_session import RefreshSession
from members_service.application.identity.sessions.revoke_token import RevokeToken
from members_service.application.identity.sessions.session_views import RevocationViews
from members_service.application.identity.sign_in.authorize import Authorize
from members_service.application.identity.sign_in.check_authorization import CheckAuthorization
from members_service.application.identity.sign_in.continue_sign_in import ContinueSignIn
from members_service.application.identity.sign_in.exchange_code import ExchangeCode
from members_service.application.identity.sign_in.identify_client import IdentifyClient
from members_service.application.identity.sign_in.issue_to_operator import IssueToOperator
from members_service.application.identity.sign_in.kept_sign_ins import WhoIsSignedIn
from members_service.application.identity.sign_in.sign_in import SignIn
from members_service.application.identity.sign_in.sign_in_client import SignInClient
from members_service.application.identity.sign_in.sign_in_with_pin import SignInWithPin
from members_service.application.identity.sign_in.take_step import TakeStep
from members_service.application.identity.sign_in.unlock import Unlock
from members_service.application.secret_generator import SecretGenerator


@dataclass(frozen=True, slots=True)
class AccountUseCases:
    """What is done with accounts; `views` shows them."""

    views: AccountViews
    create_account: CreateAccount
    change_account: ChangeAccount
    activate_account: ActivateAccount
    change_password: ChangePassword
    offer_reset: OfferReset
    offer_reset_to_member: OfferResetToMember
    recover: Recover
    offer_second_factor: OfferSecondFactor
    confirm_second_factor: ConfirmSecondFactor
    draw_recovery_codes: DrawRecoveryCodes
    turn_second_factor_off: TurnSecondFactorOff
    remove_second_factor: RemoveSecondFactor
    rotate_key: RotateKey


@dataclass(frozen=True, slots=True)
class SignInUseCases:
    """How people and services sign in. `password_grant` tells whether software may hand a password in itself."""

    check_authorization: CheckAuthorization
    authorize: Authorize
    take_step: TakeStep
    who_is_signed_in: WhoIsSignedIn
    continue_sign_in: ContinueSignIn
    exchange_code: ExchangeCode
    identify_client: IdentifyClient
    sign_in: SignIn
    sign_in_with_pin: SignInWithPin
    sign_in_client: SignInClient
    issue_to_operator: IssueToOperator
    unlock: Unlock
    refresh_session: RefreshSession
    revoke_token: RevokeToken
    password_grant: bool
    secret_generator: SecretGenerator


@dataclass(frozen=True, slots=True)
class SessionUseCases:
    """What is done with sessions that go on; `revocations` lists whose access tokens are void."""

    revocations: RevocationViews
    list_sessions: ListSessions
    end_session: EndSession


@dataclass(frozen=True, slots=True)
class IdentityUseCases:
    """All of them."""

    accounts: AccountUseCases
    signing_in: SignInUseCases
    sessions: SessionUseCases
