"""One transaction of membership."""

from typing import Protocol

from members_service.application.membership.ports import AccountsOfMembers
from members_service.application.work import Work
from members_service.persistence.membership.applications import Applications
from members_service.persistence.membership.category_tables import CategoryTables
from members_service.persistence.membership.desk_messages import DeskMessages
from members_service.persistence.membership.imported_records import ImportedRecords
from members_service.persistence.membership.members import Members
from members_service.persistence.membership.photos import Photos
from members_service.persistence.notices.addresses import Suppressions
from members_service.persistence.notices.messages import NoticeMessages
from members_service.persistence.notices.notices import Notices
from members_service.persistence.notices.preferences import Preferences
from shared.kernel.import_undo import ImportedChanges
from shared.kernel.receipts import UnitOfWorkFactory


class MembershipWork(Work, Protocol):
    """One transaction of membership."""

    @property
    def members(self) -> Members: ...

    @property
    def categories(self) -> CategoryTables: ...

    @property
    def desk_messages(self) -> DeskMessages: ...

    @property
    def applications(self) -> Applications: ...

    @property
    def photos(self) -> Photos: ...

    @property
    def preferences(self) -> Preferences: ...

    @property
    def notices(self) -> Notices: ...

    @property
    def notice_messages(self) -> NoticeMessages: ...

    @property
    def suppressions(self) -> Suppressions: ...

    @property
    def imported(self) -> ImportedRecords: ...

    @property
    def imports(self) -> ImportedChanges: ...

    @property
    def accounts_of_members(self) -> AccountsOfMembers: ...


MembershipWorkFactory = UnitOfWorkFactory[MembershipWork]
