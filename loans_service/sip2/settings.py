"""Every setting of the gateway for machines."""

from pathlib import Path

from pydantic import Field

from shared.configuration import PortNumber, ServiceSettings, WebAddress


class Sip2Settings(ServiceSettings):
    """Where machines connect, who they are, and where the services are."""

    port: PortNumber = Field(default=6001, validation_alias="SIP2_PORT", description="where machines connect")
    accounts_file: Path = Field(
        validation_alias="SIP2_ACCOUNTS_FILE", description="JSON file with the accounts of the machines"
    )
    tls_certificate_file: Path | None = Field(
        None, validation_alias="SIP2_CERTIFICATE_FILE", description="PEM file with a certificate; machines then use TLS"
    )
    tls_key_file: Path | None = Field(None, validation_alias="SIP2_KEY_FILE", description="PEM file with its key")
    metrics_port: PortNumber | None = Field(
        None, validation_alias="SIP2_METRICS_PORT", description="a port for /metrics and /health; none without it"
    )
    loans_url: WebAddress = Field(
        default="http://127.0.0.1:8003", validation_alias="SIP2_LOANS_URL", description="where loans is"
    )
    books_url: WebAddress = Field(validation_alias="LOANS_BOOKS_URL", description="where books is")
    members_url: WebAddress = Field(validation_alias="LOANS_MEMBERS_URL", description="where members is")
