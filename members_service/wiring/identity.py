"""The use cases of identity."""

from members_service.adapters.identity.access_tokens import SignedAccessTokens
from members_service.adapters.identity.common_passwords import password_rules
from members_service.adapters.identity.pyotp_authenticator import PyotpAuthenticator
from members_service.adapters.identity.sql_account_views import SqlAccountViews, SqlSessionViews
from members_service.adapters.identity.sql_assertions import SqlAssertions
from members_service.adapters.identity.sql_attempts import SqlSignInThrottle
from members_service.adapters.identity.sql_revocations import SqlRevocations
from members_service.adapters.identity.tagged_refresh_tokens import TaggedRefreshTokens
from members_service.adapters.membership.sql_views import SqlMemberViews
from members_service.application.identity.accounts.activate_account import ActivateAccount
from members_service.application.identity.accounts.change_account import ChangeAccount
from members_service.application.identity.accounts.change_password import ChangePassword
from members_service.application.identity.accounts.create_account import CreateAccount
from members_service.application.identity.accounts.offer_reset import OfferReset, OfferResetToMember, Recover
from members_service.application.identity.ports import IdentityPorts
from members_service.application.identity.rotate_key import RotateKey
from members_service.application.identity.second_factor.check_code import AskForSecondFactor
from members_service.application.identity.second_factor.confirm_second_factor import (
    ConfirmSecondFactor,
    DrawRecoveryCodes,
)
from members_service.application.identity.second_factor.offer_second_factor import OfferSecondFactor
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.second_factor.remove_second_factor import (
    RemoveSecondFactor,
    TurnSecondFactorOff,
)
from members_service.application.identity.second_factor.use_own_code import UseOwnCode
from members_service.application.identity.sessions.end_session import EndSession
from members_service.application.identity.sessions.issue_tokens import IssueTokens
from members_service.application.identity.sessions.list_sessions import ListSessions
from members_service.application.identity.sessions.refresh_session import RefreshSession
from members_service.application.identity.sessions.revoke_token import RevokeToken
from members_service.application.identity.sign_in.authorize import Authorize, GiveCode
from members_service.application.identity.sign_in.check_authorization import CheckAuthorization
from members_service.application.identity.sign_in.continue_sign_in import ContinueSignIn
from members_service.application.identity.sign_in.exchange_code import ExchangeCode
from members_service.application.identity.sign_in.identify_client import IdentifyClient
from members_service.application.identity.sign_in.issue_to_operator import IssueToOperator
from members_service.application.identity.sign_in.kept_sign_ins import KeptSignIns, WhoIsSignedIn
from members_service.application.identity.sign_in.sign_in import SignIn
from members_service.application.identity.sign_in.sign_in_client import SignInClient
from members_service.application.identity.sign_in.sign_in_with_pin import SignInWithPin
from members_service.application.identity.sign_in.take_step import TakeStep
from members_service.application.identity.sign_in.unlock import Unlock
from members_service.application.identity.sign_in.verify_credentials import FindAccount, VerifyCredentials
from members_service.application.identity.use_cases import (
    AccountUseCases,
    IdentityUseCases,
    SessionUseCases,
    SignInUseCases,
)
from members_service.wiring.resources import Resources


def identity_of(resources: Resources) -> IdentityUseCases:
    """Return the use cases of identity, bound to what is open."""
    return bound(ports_of(resources))


def ports_of(resources: Resources) -> IdentityPorts:
    """Return what identity reaches the outside by."""
    settings, database, data_keys = resources.settings, resources.database, resources.data_keys
    throttle = SqlSignInThrottle(database, data_keys)
    return IdentityPorts(
        unit_of_work=resources.unit_of_work,
        accounts=SqlAccountViews(database, data_keys),
        revocations=SqlRevocations(database),
        sessions=SqlSessionViews(database, data_keys),
        second_factor=SecondFactorPorts(
            PyotpAuthenticator(), settings.require_second_factor, lambda: data_keys.secret("sign-in steps")
        ),
        throttle=throttle,
        cards=SqlMemberViews(database, data_keys),
        pin_tries=throttle,
        passwords=resources.passwords,
        pins=resources.pins,
        password_rules=password_rules(),
        tokens=SignedAccessTokens(resources.signing_keys, issuer=settings.auth_issuer),
        refresh_tokens=TaggedRefreshTokens(data_keys),
        clients=settings.service_clients,
        public_clients=settings.public_clients,
        assertions=SqlAssertions(database, {name: one.jwk for name, one in settings.clients.items() if one.jwk}),
        password_grant=settings.password_grant_is_offered,
        secret_generator=resources.secret_generator,
        clock=resources.clock,
    )


def bound(ports: IdentityPorts) -> IdentityUseCases:
    """Return the use cases, bound to these ports."""
    return IdentityUseCases(accounts_of(ports), signing_in_of(ports), sessions_of(ports))


def accounts_of(ports: IdentityPorts) -> AccountUseCases:
    """Return what is done with accounts."""
    unit_of_work, accounts, clock, secrets = ports.unit_of_work, ports.accounts, ports.clock, ports.secret_generator
    passwords, rules, authenticator = ports.passwords, ports.password_rules, ports.second_factor.authenticator
    own_code = UseOwnCode(unit_of_work, accounts, ports.throttle, authenticator)
    return AccountUseCases(
        views=accounts,
        create_account=CreateAccount(unit_of_work, passwords, rules, secrets, clock),
        change_account=ChangeAccount(unit_of_work, clock),
        activate_account=ActivateAccount(unit_of_work, accounts, ports.throttle, passwords, rules, clock),
        change_password=ChangePassword(unit_of_work, accounts, ports.throttle, passwords, rules, clock),
        offer_reset=OfferReset(unit_of_work, secrets, clock),
        recover=Recover(unit_of_work, ports.cards, ports.throttle, secrets, clock),
        offer_reset_to_member=OfferResetToMember(unit_of_work, secrets, clock),
        offer_second_factor=OfferSecondFactor(unit_of_work, authenticator, clock),
        confirm_second_factor=ConfirmSecondFactor(unit_of_work, own_code, secrets, clock),
        draw_recovery_codes=DrawRecoveryCodes(unit_of_work, own_code, secrets, clock),
        turn_second_factor_off=TurnSecondFactorOff(unit_of_work, own_code, clock),
        remove_second_factor=RemoveSecondFactor(unit_of_work, clock),
        rotate_key=RotateKey(unit_of_work, clock),
    )


def signing_in_of(ports: IdentityPorts) -> SignInUseCases:
    """Return the ways to sign in."""
    unit_of_work, clock, secrets, second_factor = (
        ports.unit_of_work,
        ports.clock,
        ports.secret_generator,
        ports.second_factor,
    )
    find_account = FindAccount(ports.accounts, ports.cards)
    verify = VerifyCredentials(unit_of_work, find_account, ports.throttle, ports.passwords, clock)
    issue = IssueTokens(ports.tokens, ports.refresh_tokens, secrets)
    as_client = SignInClient(unit_of_work, ports.tokens, clock)
    give_code = GiveCode(KeptSignIns(ports.refresh_tokens, secrets), secrets)
    return SignInUseCases(
        check_authorization=CheckAuthorization(ports.public_clients),
        authorize=Authorize(unit_of_work, verify, second_factor, give_code, clock),
        take_step=TakeStep(unit_of_work, find_account, ports.throttle, second_factor, give_code, secrets, clock),
        who_is_signed_in=WhoIsSignedIn(ports.refresh_tokens, ports.sessions, clock),
        continue_sign_in=ContinueSignIn(unit_of_work, give_code, second_factor.requirement, clock),
        exchange_code=ExchangeCode(unit_of_work, issue, second_factor.requirement, clock),
        identify_client=IdentifyClient(
            unit_of_work, ports.clients, ports.public_clients, ports.assertions, ports.throttle, clock
        ),
        sign_in=SignIn(unit_of_work, verify, AskForSecondFactor(second_factor), issue, clock),
        sign_in_with_pin=SignInWithPin(unit_of_work, ports.cards, ports.pins, ports.pin_tries, ports.tokens, clock),
        sign_in_client=as_client,
        issue_to_operator=IssueToOperator(unit_of_work, find_account, issue, ports.clients, as_client, clock),
        unlock=Unlock(unit_of_work, find_account, clock),
        refresh_session=RefreshSession(unit_of_work, issue, second_factor.requirement, clock),
        revoke_token=RevokeToken(unit_of_work, ports.tokens, ports.refresh_tokens, clock),
        password_grant=ports.password_grant,
        secret_generator=secrets,
    )


def sessions_of(ports: IdentityPorts) -> SessionUseCases:
    """Return what is done with sessions that go on."""
    return SessionUseCases(
        revocations=ports.revocations,
        list_sessions=ListSessions(ports.sessions, ports.clock),
        end_session=EndSession(ports.unit_of_work, ports.clock),
    )
