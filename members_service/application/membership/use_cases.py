"""Everything that can be asked of membership."""

from dataclasses import dataclass

from members_service.application.membership.cards.replace_card import ReplaceCard
from members_service.application.membership.cards.set_pin import ChangeOwnPin, SetPin
from members_service.application.membership.cards.verify_pin import VerifyPin
from members_service.application.membership.change_categories import ChangeCategories, ShowCategories
from members_service.application.membership.change_member import ChangeMember, ChangeOwnRecord
from members_service.application.membership.enrol_member import EnrolMember
from members_service.application.membership.list_duplicates import ListDuplicates
from members_service.application.membership.merge_members import MergeMembers
from members_service.application.membership.moving_in.import_members import ImportMembers
from members_service.application.membership.renew_membership import RenewMembership
from members_service.application.membership.show_history import ShowHistory
from members_service.application.membership.show_member import ListMembers, ShowMember
from members_service.application.membership.stand_in import ListWards, ShowGuardian
from members_service.application.membership.standing.assess_standing import AssessStanding, AssessStandings
from members_service.application.membership.standing.block_member import BlockMember
from members_service.application.membership.standing.lift_block import LiftBlock
from members_service.application.membership.standing.list_blocks import ListBlocks
from members_service.application.membership.standing.reinstate_member import ReinstateMember
from members_service.application.membership.standing.suspend_member import SuspendMember
from shared.kernel.imports import ImportJobs, RunImport, StartImport


@dataclass(frozen=True, slots=True)
class MembershipUseCases:
    """The use cases of membership, bound to what they need."""

    enrol_member: EnrolMember
    show_member: ShowMember
    list_members: ListMembers
    list_wards: ListWards
    show_guardian: ShowGuardian
    change_member: ChangeMember
    change_own_record: ChangeOwnRecord
    renew_membership: RenewMembership
    replace_card: ReplaceCard
    show_history: ShowHistory
    suspend_member: SuspendMember
    reinstate_member: ReinstateMember
    block_member: BlockMember
    list_blocks: ListBlocks
    lift_block: LiftBlock
    assess_standing: AssessStanding
    assess_standings: AssessStandings
    show_categories: ShowCategories
    change_categories: ChangeCategories
    set_pin: SetPin
    change_own_pin: ChangeOwnPin
    verify_pin: VerifyPin
    merge_members: MergeMembers
    list_duplicates: ListDuplicates
    import_members: ImportMembers
    start_import: StartImport
    imports: ImportJobs
    run_import: RunImport
