"""The use cases of membership."""

from members_service.adapters.identity.sql_attempts import SqlSignInThrottle
from members_service.adapters.membership.json_categories import read_categories
from members_service.adapters.membership.sql_views import SqlMemberViews
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
from members_service.application.membership.use_cases import MembershipUseCases
from members_service.wiring.resources import Resources


def membership_of(resources: Resources) -> MembershipUseCases:
    """Return the use cases of membership, bound to what is open."""
    unit_of_work, clock, zone = resources.unit_of_work, resources.clock, resources.zone
    members = SqlMemberViews(resources.database, resources.data_keys)
    throttle = SqlSignInThrottle(resources.database, resources.data_keys)
    categories, secrets = read_categories(), resources.secret_generator
    return MembershipUseCases(
        enrol_member=EnrolMember(unit_of_work, secrets, categories, clock, zone),
        show_member=ShowMember(members, clock, zone),
        list_members=ListMembers(members, clock, zone),
        change_member=ChangeMember(unit_of_work, throttle, categories, clock, zone),
        renew_membership=RenewMembership(unit_of_work, categories, clock, zone),
        replace_card=ReplaceCard(unit_of_work, secrets, clock, zone),
        show_history=ShowHistory(members),
        suspend_member=SuspendMember(unit_of_work, clock, zone),
        reinstate_member=ReinstateMember(unit_of_work, clock, zone),
        block_member=BlockMember(unit_of_work, clock, zone),
        list_blocks=ListBlocks(members),
        lift_block=LiftBlock(unit_of_work, clock),
        tell_standing=TellStanding(members, clock, zone),
        tell_standings=TellStandings(members, clock, zone),
        categories=categories,
    )
