"""The library as processes behind the real gateway: Caddy, with the configuration that compose uses."""

import asyncio
import json
import ssl
from pathlib import Path
from typing import Self

import httpx

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.line import Line
from tests.end_to_end.processes import Process
from tests.ports import HOST, quiet_ports
from tests.servers import Server

ROOT = Path(__file__).parents[2]
SERVICES = ("books", "members", "loans")
PUBLIC_NAME = "library.test"
SMOKE_SECRET = "a secret that the chart would draw at random"


class Caddy(Server):
    """The gateway; `upstreams` are one or more addresses of each service, `web` its port as others see it."""

    def __init__(self, upstreams: dict[str, list[str]], web: int | None = None) -> None:
        super().__init__()
        https_port, http_port, health_port = quiet_ports(3)
        self.http = f"http://localhost:{http_port}"
        self.address = f"https://localhost:{https_port}"
        self._health_port = health_port
        self.environment |= {
            "XDG_DATA_HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder),
            "LIBRARY_ADDRESS": f"{self.address}, https://{PUBLIC_NAME}:{https_port}",
            "HTTP_PORT": str(http_port),
            "HTTPS_PORT": str(web or https_port),
            "HEALTH_PORT": str(health_port),
            "DESK": str(ROOT / "deploy/desk/site"),
        } | {f"{service.upper()}_UPSTREAM": " ".join(places) for service, places in upstreams.items()}

    def commands(self) -> list[list[str | Path]]:
        return [["caddy", "run", "--config", ROOT / "deploy/gateway/Caddyfile", "--adapter", "caddyfile"]]

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://{HOST}:{self._health_port}/", trust_env=False).status_code == 200
        except httpx.HTTPError as error:
            raise ConnectionError(str(error)) from error

    def trust(self) -> ssl.SSLContext:
        """Return what a client needs to believe the gateway: the authority that it made for itself."""
        return ssl.create_default_context(cafile=str(self.folder / "caddy/pki/authorities/local/root.crt"))


class GatedLibrary(ProductionLibrary):
    """Each service twice behind the gateway, under its prefix, so that one of the two can be restarted."""

    broker_is_measured = True

    def __init__(self) -> None:
        super().__init__()
        self.twins = dict(zip(SERVICES, quiet_ports(3), strict=True))
        self.roads = {name: Line(self.ports[name], spare=self.twins[name]) for name in ("books", "members")}
        places = {name: [f"{HOST}:{self.ports[name]}", f"{HOST}:{self.twins[name]}"] for name in SERVICES}
        self.gateway = Caddy(places)

    async def __aenter__(self) -> Self:
        for road in self.roads.values():
            await road.__aenter__()
        await super().__aenter__()
        try:
            await asyncio.to_thread(self.gateway.start)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.gateway.close)
        await super().__aexit__()
        for road in self.roads.values():
            await road.__aexit__()

    def environment(self, service: str) -> dict[str, str]:
        prefixes = {f"{name.upper()}_ROOT_PATH": f"/{name}" for name in SERVICES}
        seen = {"AUTH_PUBLIC_URL": "/members", "CORS_ALLOW_ORIGINS": "", "TRUSTED_PROXIES": "1"}
        seen[f"{service.upper()}_ALLOWED_HOSTS"] = f"{HOST},{self.gateway.environment['LIBRARY_ADDRESS']}"
        ways = {f"LOANS_{name.upper()}_URL": f"http://{HOST}:{road.port}" for name, road in self.roads.items()}
        ways["AUTH_JWKS_URL"] = f"{ways['LOANS_MEMBERS_URL']}/.well-known/jwks.json"
        found = super().environment(service) | prefixes | seen | ways
        if service == "members":
            smoke = {"secret": SMOKE_SECRET, "scopes": "books:write members:read members:write loans:read loans:write"}
            found["MEMBERS_CLIENTS"] = json.dumps(json.loads(found["MEMBERS_CLIENTS"]) | {"smoke-test": smoke})
        return found

    def _all_processes(self) -> dict[str, Process]:
        twins = {
            f"{name} twin": Process(
                f"{name}_service", "serve", "--host", HOST, "--port", str(port),
                environment=self.environment(name), ready=f"{HOST}:{port}/health/ready",
            )
            for name, port in self.twins.items()
        }  # fmt: skip
        return super()._all_processes() | twins

    def logs(self) -> dict[str, str]:
        return super().logs() | {"gateway": self.gateway.log.read_text()}

    def lines(self, process: str) -> list[dict[str, object]]:
        """Return the log lines of a process, each of which must be JSON."""
        return [json.loads(line) for line in self.processes[process].told().splitlines()]
