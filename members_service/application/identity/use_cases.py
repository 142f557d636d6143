"""Everything that can be asked of identity, each use case bound to what it needs."""

from members_service.application.identity.accounts.activate_account import ActivateAccount
from members_service.application.identity.accounts.change_account import ChangeAccount
from members_service.application.identity.accounts.change_password import ChangePassword
from members_service.application.identity.accounts.create_account import CreateAccount
from members_service.application.identity.accounts.offer_reset import OfferReset, OfferResetToMember
from members_service.application.identity.accounts.recover import Recover, UseRecovery
from members_service.application.identity.accounts.show_desk_key import ShowDeskKey
from members_service.application.identity.grants.change_roles import PutRole, RemoveRole
from members_service.application.identity.grants.grant_role import GrantRole, RevokeRole
from members_service.application.identity.grants.matrix import ExportMatrix, ImportMatrix
from members_service.application.identity.passkeys.add_passkey import AddPasskey, OfferPasskey
from members_service.application.identity.passkeys.change_passkeys import RemovePasskey, RenamePasskey, ShowPasskeys
from members_service.application.identity.passkeys.sign_in_with_passkey import SignInWithPasskey
from members_service.application.identity.ports import IdentityPorts
from members_service.application.identity.providers.change_providers import (
    ChangeProvider,
    RemoveProvider,
    ShowProviders,
)
from members_service.application.identity.providers.come_back import ComeBack
from members_service.application.identity.providers.ports import Readers
from members_service.application.identity.providers.set_out import SetOut, TryProvider
from members_service.application.identity.providers.sign_out import LogOut, WhereToSignOut
from members_service.application.identity.rotate_key import RotateKey
from members_service.application.identity.second_factor.check_code import AskForSecondFactor
from members_service.application.identity.second_factor.confirm_second_factor import (
    ConfirmSecondFactor,
    DrawRecoveryCodes,
)
from members_service.application.identity.second_factor.offer_second_factor import OfferSecondFactor
from members_service.application.identity.second_factor.remove_second_factor import (
    RemoveSecondFactor,
    TurnSecondFactorOff,
)
from members_service.application.identity.second_factor.use_own_code import UseOwnCode
from members_service.application.identity.sessions.issue_tokens import IssueTokens
from members_service.application.identity.sessions.open_sessions import EndSession, ListSessions
from members_service.application.identity.sessions.refresh_session import RefreshSession
from members_service.application.identity.sessions.revoke_token import RevokeToken
from members_service.application.identity.sign_in.authorize import Authorize, ContinueSignIn, GiveCode
from members_service.application.identity.sign_in.browser_sessions import BrowserSessions, WhoIsSignedIn
from members_service.application.identity.sign_in.check_authorization import CheckAuthorization
from members_service.application.identity.sign_in.exchange_code import ExchangeCode
from members_service.application.identity.sign_in.identify_client import IdentifyClient
from members_service.application.identity.sign_in.issue_to_operator import IssueToOperator
from members_service.application.identity.sign_in.sign_in import SignIn
from members_service.application.identity.sign_in.sign_in_client import SignInClient
from members_service.application.identity.sign_in.sign_in_with_pin import SignInWithPin
from members_service.application.identity.sign_in.take_step import TakeStep
from members_service.application.identity.sign_in.unlock import Unlock
from members_service.application.identity.sign_in.verify_credentials import FindAccount, VerifyCredentials


class AccountUseCases:
    """What is done with accounts; `queries` shows them."""

    def __init__(self, ports: IdentityPorts) -> None:
        unit_of_work, accounts, clock, secrets = ports.unit_of_work, ports.accounts, ports.clock, ports.secret_generator
        passwords, rules, authenticator = ports.passwords, ports.password_rules, ports.second_factor.authenticator
        own_code = UseOwnCode(unit_of_work, accounts, ports.throttle, authenticator)
        self.queries = accounts
        self.create_account = CreateAccount(unit_of_work, passwords, rules, secrets, clock)
        self.show_desk_key = ShowDeskKey(ports.desk_keys)
        self.change_account = ChangeAccount(unit_of_work, clock)
        self.activate_account = ActivateAccount(unit_of_work, accounts, ports.throttle, passwords, rules, clock)
        self.change_password = ChangePassword(unit_of_work, accounts, ports.throttle, passwords, rules, clock)
        self.offer_reset = OfferReset(unit_of_work, secrets, clock)
        self.recover = Recover(unit_of_work, ports.cards, ports.throttle, ports.recovery_tokens, clock)
        self.use_recovery = UseRecovery(
            unit_of_work, ports.throttle, ports.recovery_tokens, passwords, ports.pins, rules, clock
        )
        self.offer_reset_to_member = OfferResetToMember(unit_of_work, secrets, clock)
        self.offer_second_factor = OfferSecondFactor(unit_of_work, authenticator, clock)
        self.confirm_second_factor = ConfirmSecondFactor(unit_of_work, own_code, secrets, clock)
        self.draw_recovery_codes = DrawRecoveryCodes(unit_of_work, own_code, secrets, clock)
        self.turn_second_factor_off = TurnSecondFactorOff(unit_of_work, own_code, clock)
        self.remove_second_factor = RemoveSecondFactor(unit_of_work, clock)
        self.rotate_key = RotateKey(unit_of_work, clock)


class SignInUseCases:
    """How people and services sign in. `password_grant`: whether clients may hand a password in themselves."""

    def __init__(self, ports: IdentityPorts) -> None:
        unit_of_work, clock = ports.unit_of_work, ports.clock
        secrets, second_factor = ports.secret_generator, ports.second_factor
        find_account = FindAccount(ports.accounts, ports.cards)
        verify = VerifyCredentials(unit_of_work, find_account, ports.throttle, ports.passwords, clock)
        issue = IssueTokens(ports.tokens, ports.refresh_tokens, secrets)
        as_client = SignInClient(unit_of_work, ports.tokens, clock)
        give_code = GiveCode(BrowserSessions(ports.refresh_tokens, secrets), secrets, ports.second_factor.requirement)
        self.check_authorization = CheckAuthorization(ports.public_clients)
        self.authorize = Authorize(unit_of_work, verify, second_factor, give_code, clock)
        self.take_step = TakeStep(unit_of_work, find_account, ports.throttle, second_factor, give_code, secrets, clock)
        self.who_is_signed_in = WhoIsSignedIn(ports.refresh_tokens, ports.sessions, clock)
        self.continue_sign_in = ContinueSignIn(unit_of_work, give_code, second_factor.requirement, clock)
        self.exchange_code = ExchangeCode(unit_of_work, issue, second_factor.requirement, clock)
        self.identify_client = IdentifyClient(
            unit_of_work, ports.clients, ports.public_clients, ports.assertions, ports.throttle, clock
        )
        self.sign_in = SignIn(unit_of_work, verify, AskForSecondFactor(second_factor), issue, clock)
        self.sign_in_with_pin = SignInWithPin(
            unit_of_work, ports.cards, ports.pins, ports.throttle, ports.tokens, clock
        )
        self.sign_in_client = as_client
        self.issue_to_operator = IssueToOperator(unit_of_work, find_account, issue, ports.clients, as_client, clock)
        self.unlock = Unlock(unit_of_work, find_account, clock)
        self.refresh_session = RefreshSession(unit_of_work, issue, second_factor.requirement, clock)
        self.revoke_token = RevokeToken(unit_of_work, ports.tokens, ports.refresh_tokens, clock)
        self.password_grant = ports.password_grant
        self.secret_generator = secrets


class SessionUseCases:
    """What is done with sessions that go on; `revocations` lists whose access tokens are void."""

    def __init__(self, ports: IdentityPorts) -> None:
        self.revocations = ports.revocations
        self.list_sessions = ListSessions(ports.sessions, ports.clock)
        self.end_session = EndSession(ports.unit_of_work, ports.clock)


class PasskeyUseCases:
    """What people do with passkeys."""

    def __init__(self, ports: IdentityPorts) -> None:
        unit_of_work, passkeys, clock, secrets = ports.unit_of_work, ports.passkeys, ports.clock, ports.secret_generator
        give_code = GiveCode(BrowserSessions(ports.refresh_tokens, secrets), secrets, ports.second_factor.requirement)
        self.show = ShowPasskeys(unit_of_work)
        self.offer = OfferPasskey(unit_of_work, passkeys, secrets, clock)
        self.add = AddPasskey(unit_of_work, passkeys, clock)
        self.rename = RenamePasskey(unit_of_work, clock)
        self.remove = RemovePasskey(unit_of_work, clock)
        self.sign_in = SignInWithPasskey(unit_of_work, passkeys, give_code, ports.throttle, secrets, clock)


class GrantUseCases:
    """What is done with roles and grants; `queries` shows them."""

    def __init__(self, ports: IdentityPorts) -> None:
        self.queries = ports.grants
        self.put_role = PutRole(ports.unit_of_work, ports.clock)
        self.remove_role = RemoveRole(ports.unit_of_work, ports.clock)
        self.grant = GrantRole(ports.unit_of_work, ports.branches, ports.clock)
        self.revoke = RevokeRole(ports.unit_of_work, ports.clock)
        self.export_matrix = ExportMatrix(ports.unit_of_work)
        self.import_matrix = ImportMatrix(ports.unit_of_work, ports.branches, ports.clock)


class ProviderUseCases:
    """How people sign in by identity providers of others. `readers` makes members of who comes for the first time."""

    def __init__(self, ports: IdentityPorts, readers: Readers) -> None:
        unit_of_work, providers, notes, clock = ports.unit_of_work, ports.providers, ports.notes, ports.clock
        secrets, requirement = ports.secret_generator, ports.second_factor.requirement
        give_code = GiveCode(BrowserSessions(ports.refresh_tokens, secrets), secrets, requirement)
        self.show = ShowProviders(unit_of_work)
        self.change = ChangeProvider(unit_of_work, ports.allows_provider, ports.branches, clock)
        self.remove = RemoveProvider(unit_of_work, clock)
        self.set_out = SetOut(unit_of_work, providers, notes, secrets, clock)
        self.attempt = TryProvider(self.set_out)
        self.come_back = ComeBack(
            unit_of_work,
            providers,
            notes,
            readers,
            give_code,
            ports.throttle,
            requirement,
            clock,
        )
        self.log_out = LogOut(unit_of_work, providers, clock)
        self.where_to_sign_out = WhereToSignOut(unit_of_work, providers)
        self.notes = notes


class IdentityUseCases:
    """All of them, bound to `ports`, and to `readers`, which makes members of people."""

    def __init__(self, ports: IdentityPorts, readers: Readers) -> None:
        self.ports = ports
        self.readers = readers
        self.providers = ProviderUseCases(ports, readers)
        self.accounts = AccountUseCases(ports)
        self.signing_in = SignInUseCases(ports)
        self.sessions = SessionUseCases(ports)
        self.passkeys = PasskeyUseCases(ports)
        self.grants = GrantUseCases(ports)
