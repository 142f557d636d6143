"""The use cases of the words of notices, each bound to what it needs."""

from dataclasses import dataclass
from datetime import tzinfo

from members_service.application.membership.home_branch import LibraryBranches
from members_service.application.membership.queries import CategoryQueries, MemberQueries
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.notices.preferences.change_defaults import ApplyDefaults, PutDefaults, ShowDefaults
from members_service.application.notices.preferences.change_preferences import ChangePreferences, ShowPreferences
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.application.notices.preferences.unsubscribe import ReadsTokens, Unsubscribe
from members_service.application.notices.rendering.engine import ShippedTemplates, TemplateEngine
from members_service.application.notices.templates.change_templates import (
    ListTemplateVersions,
    PutTemplate,
    RemoveTemplate,
    ShowTemplate,
)
from members_service.application.notices.templates.preview import PreviewTemplate
from members_service.application.notices.templates.queries import TemplateQueries
from members_service.application.notices.templates.work import TemplateWorkFactory
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class WordsPorts:
    """What the use cases of words and preferences need."""

    unit_of_work: MembershipWorkFactory
    template_work: TemplateWorkFactory
    templates: TemplateQueries
    engine: TemplateEngine
    shipped: ShippedTemplates
    members: MemberQueries
    categories: CategoryQueries
    preferences: PreferenceQueries
    unsubscribe_tokens: ReadsTokens
    branches: LibraryBranches
    clock: Clock
    zone: tzinfo


class NoticeWordsUseCases:
    """What notices say."""

    def __init__(self, ports: WordsPorts) -> None:
        self.show = ShowTemplate(ports.templates, ports.shipped)
        self.put = PutTemplate(ports.template_work, ports.engine, ports.branches, ports.clock)
        self.remove = RemoveTemplate(ports.template_work, ports.clock)
        self.versions = ListTemplateVersions(ports.templates)
        self.preview = PreviewTemplate(
            ports.unit_of_work,
            ports.members,
            self.show,
            ports.engine,
            ports.shipped,
            ports.clock,
            ports.zone,
        )


class NoticePreferencesUseCases:
    """What members want to be told."""

    def __init__(self, ports: WordsPorts) -> None:
        unit_of_work, queries, clock = ports.unit_of_work, ports.preferences, ports.clock
        self.show = ShowPreferences(unit_of_work, ports.members, queries, clock, ports.zone)
        self.change = ChangePreferences(unit_of_work, queries, clock)
        self.unsubscribe = Unsubscribe(unit_of_work, queries, ports.unsubscribe_tokens, clock)
        self.show_defaults = ShowDefaults(queries)
        self.put_defaults = PutDefaults(unit_of_work, ports.categories, clock)
        self.apply_defaults = ApplyDefaults(unit_of_work, queries, clock)
