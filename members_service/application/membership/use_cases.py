"""Everything that can be asked of membership."""

from dataclasses import dataclass

from members_service.application.membership.block_member import BlockMember
from members_service.application.membership.change_member import ChangeMember
from members_service.application.membership.enrol_member import EnrolMember
from members_service.application.membership.lift_block import LiftBlock
from members_service.application.membership.list_blocks import ListBlocks
from members_service.application.membership.reinstate_member import ReinstateMember
from members_service.application.membership.renew_membership import RenewMembership
from members_service.application.membership.replace_card import ReplaceCard
from members_service.application.membership.show_history import ShowHistory
from members_service.application.membership.show_member import ListMembers, ShowMember
from members_service.application.membership.suspend_member import SuspendMember
from members_service.application.membership.tell_standing import TellStanding, TellStandings
from members_service.domain.membership.membership import Categories


@dataclass(frozen=True, slots=True)
class MembershipUseCases:
    """The use cases of membership, bound to what they need."""

    enrol_member: EnrolMember
    show_member: ShowMember
    list_members: ListMembers
    change_member: ChangeMember
    renew_membership: RenewMembership
    replace_card: ReplaceCard
    show_history: ShowHistory
    suspend_member: SuspendMember
    reinstate_member: ReinstateMember
    block_member: BlockMember
    list_blocks: ListBlocks
    lift_block: LiftBlock
    tell_standing: TellStanding
    tell_standings: TellStandings
    categories: Categories
