"""The use cases of membership, bound to what they need."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import tzinfo

from members_service.application.membership.applications.applications import (
    AcceptApplication,
    Apply,
    ConfirmApplication,
    ListApplications,
    RejectApplication,
)
from members_service.application.membership.applications.queries import ApplicationQueries
from members_service.application.membership.cards.print_cards import DrawCards, PrintCards
from members_service.application.membership.cards.queries import PrintedCardQueries
from members_service.application.membership.cards.replace_card import ReplaceCard, StopCard
from members_service.application.membership.cards.set_pin import ChangeOwnPin, SetPin
from members_service.application.membership.cards.verify_pin import VerifyPin
from members_service.application.membership.change_categories import ChangeCategories, ShowCategories
from members_service.application.membership.change_member import ChangeMember, ChangeOwnRecord
from members_service.application.membership.desk_messages.desk_messages import (
    FinishDeskMessage,
    ListDeskMessages,
    ReadDeskMessage,
    WriteDeskMessage,
)
from members_service.application.membership.desk_messages.queries import DeskMessageQueries
from members_service.application.membership.enrol_member import EnrolMember
from members_service.application.membership.guardians import EndGuardianships, ListWards, ShowGuardian
from members_service.application.membership.home_branch import LeaveClosedBranches, LibraryBranches
from members_service.application.membership.list_duplicates import ListDuplicates
from members_service.application.membership.merge_members import MergeMembers
from members_service.application.membership.moving_in.import_members import ImportMembers, MemberRecords
from members_service.application.membership.photos.photos import PutPhoto, RemovePhoto, ShowPhoto
from members_service.application.membership.photos.queries import PhotoQueries
from members_service.application.membership.ports import ApplicationThrottle, EmailThrottle, MemberTokens, PinThrottle
from members_service.application.membership.queries import CategoryQueries, MemberQueries
from members_service.application.membership.renew_membership import RenewMembership, RenewOwnMembership
from members_service.application.membership.show_history import ShowHistory
from members_service.application.membership.show_member import ListCards, ListMembers, ShowCard, ShowMember
from members_service.application.membership.standing.assess_standing import AssessStanding, AssessStandings
from members_service.application.membership.standing.blocks import BlockMember, LiftBlock, ListBlocks
from members_service.application.membership.standing.queries import StandingQueries
from members_service.application.membership.standing.reinstate_member import ReinstateMember
from members_service.application.membership.standing.suspend_member import SuspendMember
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.membership.working_lists import MemberLists
from members_service.application.passwords_and_pins import Passwords
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.membership.personal_details import AttributeRules
from shared.kernel.clock import Clock
from shared.kernel.file_records import Batch
from shared.kernel.import_profiles import ImportProfiles
from shared.kernel.import_undo import UndoImport
from shared.kernel.imports import Check, ImportFile, ImportJob, ImportJobs, RunImport, StartImport, Work
from shared.kernel.saved_profiles import SaveProfile


@dataclass(frozen=True, slots=True)
class MembershipPorts:
    """What membership is given in every process, by whichever adapters `wiring/` chooses. `of_age` is in years."""

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    printed_cards: PrintedCardQueries
    draw_cards: DrawCards
    standings: StandingQueries
    desk_messages: DeskMessageQueries
    photos: PhotoQueries
    applications: ApplicationQueries
    categories: CategoryQueries
    branches: LibraryBranches
    attributes: AttributeRules
    pins: Passwords
    application_throttle: ApplicationThrottle
    email_throttle: EmailThrottle
    pin_throttle: PinThrottle
    secret_generator: SecretGenerator
    imports: ImportJobs
    profiles: ImportProfiles
    check_file: Check
    read_file: Callable[[ImportJob, AsyncIterator[bytes]], MemberRecords]
    clock: Clock
    zone: tzinfo
    of_age: int


class MembershipUseCases:
    """Everything that can be asked for about members; only a process that signs has `tokens`."""

    def __init__(self, ports: MembershipPorts, tokens: MemberTokens) -> None:
        unit_of_work, clock, zone = ports.unit_of_work, ports.clock, ports.zone
        members, standings, categories = ports.members, ports.standings, ports.categories
        branches, attributes = ports.branches, ports.attributes
        pins, secrets = ports.pins, ports.secret_generator
        self.enrol_member = EnrolMember(unit_of_work, categories, branches, attributes, pins, secrets, clock, zone)
        self.show_member = ShowMember(unit_of_work, members, clock, zone)
        self.list_members = ListMembers(unit_of_work, members, categories, clock, zone)
        self.change_member = ChangeMember(unit_of_work, categories, branches, attributes, clock, zone)
        self.change_own_record = ChangeOwnRecord(self.change_member, ports.email_throttle)
        self.renew_membership = RenewMembership(unit_of_work, categories, clock, zone)
        self.renew_own_membership = RenewOwnMembership(unit_of_work, categories, clock, zone)
        self.replace_card = ReplaceCard(unit_of_work, secrets, clock, zone)
        self.stop_card = StopCard(unit_of_work, clock, zone)
        self.print_cards = PrintCards(unit_of_work, ports.printed_cards, ports.draw_cards, clock)
        self.show_card = ShowCard(unit_of_work, members, clock)
        self.list_cards = ListCards(unit_of_work, members, clock, zone)
        self.show_history = ShowHistory(unit_of_work, members, clock)
        self.suspend_member = SuspendMember(unit_of_work, clock, zone)
        self.reinstate_member = ReinstateMember(unit_of_work, clock, zone)
        self.apply = Apply(unit_of_work, categories, branches, secrets, ports.application_throttle, clock, zone)
        self.confirm_application = ConfirmApplication(unit_of_work, clock)
        self.list_applications = ListApplications(ports.applications, clock)
        self.accept_application = AcceptApplication(self.enrol_member, ports.applications, clock)
        self.reject_application = RejectApplication(unit_of_work)
        self.put_photo = PutPhoto(unit_of_work, clock)
        self.show_photo = ShowPhoto(unit_of_work, ports.photos, clock)
        self.remove_photo = RemovePhoto(unit_of_work)
        self.block_member = BlockMember(unit_of_work, branches, clock, zone)
        self.list_blocks = ListBlocks(unit_of_work, members, clock)
        self.lift_block = LiftBlock(unit_of_work, clock)
        self.assess_standing = AssessStanding(standings, clock, zone)
        self.assess_standings = AssessStandings(standings, clock, zone)
        self.show_categories = ShowCategories(categories)
        self.change_categories = ChangeCategories(unit_of_work, clock)
        self.set_pin = SetPin(unit_of_work, pins, clock)
        self.change_own_pin = ChangeOwnPin(self.set_pin, ports.pin_throttle)
        self.verify_pin = VerifyPin(unit_of_work, members, pins, ports.pin_throttle, tokens, clock)
        self.merge_members = MergeMembers(unit_of_work, clock, zone)
        self.list_duplicates = ListDuplicates(unit_of_work, members, clock, zone)
        self.lists = MemberLists(self.list_members, self.list_duplicates, clock, zone, ports.of_age)


class TidyUseCases:
    """What the background does to the register each hour."""

    def __init__(self, ports: MembershipPorts) -> None:
        unit_of_work, members, clock = ports.unit_of_work, ports.members, ports.clock
        self.end_guardianships = EndGuardianships(unit_of_work, members, clock, ports.zone, ports.of_age)
        self.leave_closed_branches = LeaveClosedBranches(unit_of_work, members, ports.branches, clock)


class GuardianUseCases:
    """Everything that can be asked for about who stands in for whom."""

    def __init__(self, ports: MembershipPorts) -> None:
        members, clock, zone = ports.members, ports.clock, ports.zone
        self.list_wards = ListWards(members, clock, zone)
        self.show_guardian = ShowGuardian(members, clock, zone)


class DeskMessageUseCases:
    """Everything that can be asked for about messages for the desk."""

    def __init__(self, ports: MembershipPorts) -> None:
        unit_of_work, clock, zone = ports.unit_of_work, ports.clock, ports.zone
        self.write = WriteDeskMessage(unit_of_work, ports.branches, clock, zone)
        self.read = ReadDeskMessage(unit_of_work, clock)
        self.finish = FinishDeskMessage(unit_of_work, clock)
        self.list = ListDeskMessages(unit_of_work, ports.members, ports.desk_messages, clock, zone)


class MovingInUseCases:
    """Files of members that are handed in, and the work on them."""

    def __init__(self, ports: MembershipPorts, undo_members: Work) -> None:
        imports, clock = ports.imports, ports.clock
        import_members = ImportMembers(
            ports.unit_of_work,
            ports.categories,
            ports.branches,
            ports.attributes,
            ports.pins,
            ports.secret_generator,
            clock,
            ports.zone,
        )

        def work(job: ImportJob, command: ImportFile) -> AsyncIterator[Batch]:
            if job.undoes is not None:
                return undo_members(job, command)
            return import_members(command, ports.read_file(job, imports.pieces(job.import_id)))

        self.imports = imports
        self.import_members = import_members
        self.profiles = ports.profiles
        self.save_profile = SaveProfile(ports.profiles, ports.check_file)
        self.start_import = StartImport(imports, ports.check_file, clock)
        self.undo_import = UndoImport(imports, clock)
        self.run_import = RunImport(imports, work, clock)
