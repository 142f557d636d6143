"""Every setting of the books service, validated once at start."""

from pydantic import Field

from shared.configuration import Currency, HostNames, Prefix, WebAddress
from shared.service.settings import OwnSettings, named_by
from shared.trusted import AllowedHosts


class Settings(OwnSettings):
    """The settings of contract and chart; each may also be read from the file that `NAME_FILE` names."""

    model_config = named_by("BOOKS")

    root_path: Prefix = Field(
        default="",
        validation_alias="BOOKS_ROOT_PATH",
        description="the prefix under which a gateway shows books, such as /books",
    )
    allowed_hosts: HostNames = Field(
        default=AllowedHosts(),
        validation_alias="BOOKS_ALLOWED_HOSTS",
        description="names that Host may say, with commas; without any, it may say anything",
    )
    library_currency: Currency = Field(
        default="EUR", description="ISO 4217 code of the money in which copies are priced"
    )
    members_url: WebAddress = Field(
        default="http://127.0.0.1:8002",
        validation_alias="LOANS_MEMBERS_URL",
        description="where the other services find members, such as http://members:8000",
    )
    external_hosts: HostNames = Field(
        default=AllowedHosts(),
        validation_alias="BOOKS_EXTERNAL_HOSTS",
        description="hosts of other catalogues that may be asked without https, or in our own network; with commas",
    )

    def allows_host(self, host: str) -> bool:
        """Return whether a catalogue on this host may be asked without https, or in our own network."""
        return bool(self.external_hosts) and self.external_hosts.admit(host.encode("latin-1", "replace"))
