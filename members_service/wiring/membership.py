"""The use cases of membership."""

from collections.abc import AsyncIterator

from members_service.adapters.identity.access_tokens import SignedAccessTokens
from members_service.adapters.membership import member_files
from members_service.adapters.membership.no_attributes import NoAttributes
from members_service.adapters.membership.sealed_files import SealedFiles
from members_service.application.membership.cards.replace_card import ReplaceCard
from members_service.application.membership.cards.set_pin import ChangeOwnPin, SetPin
from members_service.application.membership.cards.verify_pin import VerifyPin
from members_service.application.membership.change_categories import ChangeCategories, ShowCategories
from members_service.application.membership.change_member import ChangeMember, ChangeOwnRecord
from members_service.application.membership.enrol_member import EnrolMember
from members_service.application.membership.list_duplicates import ListDuplicates
from members_service.application.membership.merge_members import MergeMembers
from members_service.application.membership.moving_in.import_members import ImportMembers
from members_service.application.membership.queries import CategoryQueries, MemberQueries
from members_service.application.membership.renew_membership import RenewMembership
from members_service.application.membership.show_history import ShowHistory
from members_service.application.membership.show_member import ListMembers, ShowMember
from members_service.application.membership.stand_in import EndGuardianships, ListWards, ShowGuardian
from members_service.application.membership.standing.assess_standing import AssessStanding, AssessStandings
from members_service.application.membership.standing.block_member import BlockMember
from members_service.application.membership.standing.lift_block import LiftBlock
from members_service.application.membership.standing.list_blocks import ListBlocks
from members_service.application.membership.standing.queries import StandingQueries
from members_service.application.membership.standing.reinstate_member import ReinstateMember
from members_service.application.membership.standing.suspend_member import SuspendMember
from members_service.application.membership.use_cases import MembershipUseCases
from members_service.domain.membership.personal_details import AttributeRules
from members_service.persistence.identity.attempts import SignInThrottle
from members_service.persistence.membership.tables import imports
from members_service.persistence.schema import plumbing
from members_service.settings import BackgroundSettings
from members_service.wiring.resources import Opened, Resources
from shared.kernel.file_records import Batch
from shared.kernel.imports import ImportFile, ImportJob, RunImport, Start, StartImport
from shared.persistence.imports import SqlImportJobs


def membership_of(resources: Resources) -> MembershipUseCases:
    """Return the use cases of membership, bound to what is open."""
    unit_of_work, clock, zone = resources.unit_of_work, resources.clock, resources.zone
    members, standings = MemberQueries(resources.database, resources.data_keys), StandingQueries(resources.database)
    categories = CategoryQueries(resources.database)
    throttle = SignInThrottle(resources.database, resources.data_keys)
    tokens = SignedAccessTokens(resources.signing_keys, issuer=resources.settings.auth_issuer)
    attributes, pins, secrets = attribute_rules_of(resources.settings), resources.pins, resources.secret_generator
    branches = resources.branches
    jobs, run_import = import_jobs_of(resources), run_import_of(resources)
    set_pin = SetPin(unit_of_work, pins, clock)
    change_member = ChangeMember(unit_of_work, categories, branches, attributes, clock, zone)
    return MembershipUseCases(
        enrol_member=EnrolMember(unit_of_work, categories, branches, attributes, pins, secrets, clock, zone),
        show_member=ShowMember(unit_of_work, members, clock, zone),
        list_members=ListMembers(unit_of_work, members, categories, clock, zone),
        list_wards=ListWards(members, clock, zone),
        show_guardian=ShowGuardian(members),
        change_member=change_member,
        change_own_record=ChangeOwnRecord(change_member, throttle),
        renew_membership=RenewMembership(unit_of_work, categories, clock, zone),
        replace_card=ReplaceCard(unit_of_work, secrets, clock, zone),
        show_history=ShowHistory(unit_of_work, members, clock),
        suspend_member=SuspendMember(unit_of_work, clock, zone),
        reinstate_member=ReinstateMember(unit_of_work, clock, zone),
        block_member=BlockMember(unit_of_work, clock, zone),
        list_blocks=ListBlocks(unit_of_work, members, clock),
        lift_block=LiftBlock(unit_of_work, clock),
        assess_standing=AssessStanding(standings, clock, zone),
        assess_standings=AssessStandings(standings, clock, zone),
        show_categories=ShowCategories(categories),
        change_categories=ChangeCategories(unit_of_work, clock),
        set_pin=set_pin,
        change_own_pin=ChangeOwnPin(set_pin, throttle),
        verify_pin=VerifyPin(unit_of_work, members, pins, throttle, tokens, clock),
        merge_members=MergeMembers(unit_of_work, clock, zone),
        list_duplicates=ListDuplicates(unit_of_work, members, clock, zone),
        import_members=import_members_of(resources),
        start_import=StartImport(jobs, _check, clock),
        imports=jobs,
        run_import=run_import,
    )


def end_guardianships_of(resources: Opened) -> EndGuardianships:
    """Return what ends the guardianships of those who have come of age."""
    members, of_age = MemberQueries(resources.database, resources.data_keys), resources.settings.of_age
    return EndGuardianships(resources.unit_of_work, members, resources.clock, resources.zone, of_age)


def import_members_of(resources: Opened) -> ImportMembers:
    """Return what takes members in."""
    return ImportMembers(
        resources.unit_of_work,
        CategoryQueries(resources.database),
        resources.branches,
        attribute_rules_of(resources.settings),
        resources.pins,
        resources.secret_generator,
        resources.clock,
        resources.zone,
    )


def attribute_rules_of(settings: BackgroundSettings) -> AttributeRules:
    """Return what checks the attributes of members."""
    if settings.attributes_schema is None:
        return NoAttributes()

    from members_service.adapters.membership import json_schema_attributes  # noqa: PLC0415 - as in settings.py

    return json_schema_attributes.JsonSchemaAttributeRules(settings.attributes_schema)


def run_import_of(resources: Opened) -> RunImport:
    """Return what works on imports: in the application, or in the worker, which signs nothing."""
    jobs, import_members = import_jobs_of(resources), import_members_of(resources)

    def work(job: ImportJob, command: ImportFile) -> AsyncIterator[Batch]:
        return import_members(command, member_files.READERS[job.format](jobs.pieces(job.import_id), job.mapping))

    return RunImport(jobs, work, resources.clock)


def import_jobs_of(resources: Opened) -> SqlImportJobs:
    """Return the imports in hand."""
    return SqlImportJobs(
        resources.database,
        imports,
        plumbing,
        clock=resources.clock,
        on_commit=resources.wake_up.notify,
        cipher=SealedFiles(resources.data_keys),
    )


def _check(command: Start) -> None:
    member_files.check(command.format, command.mapping)
