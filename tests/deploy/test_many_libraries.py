"""Three libraries on one PostgreSQL and one broker, prepared and set up as the guide says, have nothing in common."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import aio_pika
import asyncpg
import pytest
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import InvalidFrameError

from tests.deploy.operators import ROOT, containers, files_of, name_of, of_kind, pod_of, refuses, rendered
from tests.deploy.pods import SERVICES, running
from tests.deploy.shared_servers import GUIDE, VALUES, PodsOnSharedServers, SharedServers
from tests.end_to_end.gears import account_of
from tests.end_to_end.library import ADMIN, LIBRARIAN, Copy, Library, done
from tests.end_to_end.processes import run
from tests.end_to_end.witness import EXCHANGE, read
from tests.ports import HOST
from tests.servers import Server

NAMES = ("north", "south", "west")
PAIRS = list(itertools.permutations(NAMES, 2))
BARCODE = "40000000000017"


def belongings(name: str) -> set[str]:
    """Return what a release calls its own, wherever it is: objects, logins, Secrets, addresses."""
    documents = rendered("-f", VALUES, release=name)
    found = {name_of(document) for document in documents}
    for config in (config["data"] for config in of_kind(documents, "ConfigMap")):
        kinds = ("_DATABASE_NAME", "_DATABASE_USER", "RABBITMQ_USER", "RABBITMQ_VHOST", "AUTH_PUBLIC_URL")
        found |= {f"{kind} {value}" for kind in kinds for key, value in config.items() if key.endswith(kind)}
    for _, container, pod in containers(documents):
        found |= {f"owner {one['value']}" for one in container.get("env", []) if one["name"].endswith("_USER")}
        found |= {f"Secret/{secret}" for secret, _, _ in files_of(container, pod)}
    (ingress,) = of_kind(documents, "Ingress")
    for rule in ingress["spec"]["rules"]:
        found |= {f"{rule['host']}{path['path']}" for path in rule["http"]["paths"]}
    return found - {"Secret/data-authority"}  # that of the servers


def test_three_releases_have_no_name_database_host_or_secret_in_common() -> None:
    north, south, west = (belongings(name) for name in NAMES)

    assert {
        "Deployment/north-loans",
        "_DATABASE_NAME lib_north_loans",
        "_DATABASE_USER lib_north_loans",
        "owner lib_north_loans_owner",
        "RABBITMQ_USER lib_north_loans",
        "RABBITMQ_VHOST lib_north",
        "Secret/north-servers",
        "Secret/north-credentials",
        "north.libraries.example/loans",
    } <= north
    assert (len(north), len(south), len(west)) == (len(north),) * 3
    assert (north & south, south & west, west & north) == (set(), set(), set())


def test_hosts_of_a_gateway_and_a_secret_of_ones_own_may_be_called_like_the_release_too() -> None:
    route = '{"enabled":true,"parentRefs":[{"name":"public"}],"hostnames":["{{ .Release.Name }}.example"]}'
    own = '{"generate":false,"existingSecret":"{{ .Release.Name }}-keys"}'
    chosen = ("--set", "ingress.enabled=false", "--set-json", f"httpRoute={route}", "--set-json", f"secrets={own}")
    documents = rendered("-f", VALUES, *chosen, release="north")

    assert of_kind(documents, "HTTPRoute")[0]["spec"]["hostnames"] == ["north.example"]
    config = next(
        found["data"] for found in of_kind(documents, "ConfigMap") if name_of(found).endswith("north-members")
    )
    assert config["AUTH_PUBLIC_URL"] == "https://north.example/members"
    assert "north.example" in config["MEMBERS_ALLOWED_HOSTS"].split(",")
    secrets = {secret for _, container, pod in containers(documents) for secret, _, _ in files_of(container, pod)}
    assert secrets == {"north-keys", "north-servers", "data-authority"}


def test_the_guide_tells_what_the_pods_of_a_library_ask_for() -> None:
    deployments = of_kind(rendered("-f", VALUES, release="north"), "Deployment")
    asked = [one["resources"]["requests"] for found in deployments for one in pod_of(found)["spec"]["containers"]]
    processors = sum(int(requests["cpu"].removesuffix("m")) for requests in asked) / 1000
    memory = sum(int(requests["memory"].removesuffix("Mi")) for requests in asked)

    assert {found["spec"]["replicas"] for found in deployments} == {1}
    assert f"the desk page | {len(deployments)} | {len(deployments)}00" in GUIDE
    assert f"memory that they ask for | {memory} MiB | {memory * 100 / 1024:.0f} GiB" in GUIDE
    assert f"CPU that they ask for | {processors:g} | {processors * 100:g} |" in GUIDE


@pytest.mark.parametrize("name", ["", "North", "north-town", "2nd", "north'; DROP", "n" * 31])
def test_a_name_that_would_have_to_be_quoted_or_cut_is_refused(name: str, tmp_path: Path) -> None:
    refusal = refuses(ROOT / "deploy/shared_servers/prepare.sh", name, tmp_path)

    assert "a library is named by a letter" in refusal
    assert [] == list(tmp_path.iterdir())


class LibraryOfMany(Library):
    """One of the three, used by its addresses."""

    def __init__(self, pods: PodsOnSharedServers) -> None:
        super().__init__(**{service: f"http://{HOST}:{port}" for service, port in pods.ports.items()})
        self.pods, self.name = pods, pods.release

    async def furnish(self) -> None:
        _, environment = self.pods.arguments_of(f"Deployment/{self.name}-members:api")
        account = ("members_service", "create-account", "--email", ADMIN.email, "--role", "admin")
        made = await asyncio.to_thread(run, *account, environment=environment, given=ADMIN.password)
        assert 0 == made.returncode, made.stderr
        admin = await self.admin()
        done(await admin.post(f"{self.members}/v1/accounts", account_of(LIBRARIAN, "librarian")))
        done(await admin.post(f"{self.books}/v1/branches", {"code": "MAIN", "name": "Main library"}))

    async def lend(self) -> set[str]:
        """Lend a copy whose barcode every library has; return the ids of all that, once books knows."""
        desk = await self.librarian()
        book = done(await desk.post(f"{self.books}/v1/books", {"title": f"Annals of {self.name}"}))
        shelf = f"{self.books}/v1/books/{book['book_id']}/copies"
        made = done(await desk.post(shelf, {"barcode": BARCODE, "branch": "MAIN"}))
        copy, member = Copy(made["copy_id"], book["book_id"], BARCODE), await self.enrol()
        loan = done(await self.check_out(copy, member))
        await self.shows(copy, "on_loan")
        return {copy.book_id, copy.copy_id, member.member_id, loan["loan_id"]}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedServers]:
    servers = SharedServers(tmp_path_factory.mktemp("libraries"))
    with ThreadPoolExecutor(3) as helpers, ExitStack() as closing:
        for server in servers.all:
            closing.callback(server.close)
        list(helpers.map(Server.start, servers.all))
        servers.let_the_pooler_in()
        for name in NAMES:
            servers.prepare(name)
        yield servers


@pytest.fixture(scope="module")
async def libraries(
    servers: SharedServers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, LibraryOfMany]]:
    releases = [PodsOnSharedServers(name, servers, tmp_path_factory.mktemp(name)) for name in NAMES]
    with ThreadPoolExecutor(6) as helpers, running(*releases, helpers=helpers):
        async with AsyncExitStack() as opened:
            found = {pods.release: await opened.enter_async_context(LibraryOfMany(pods)) for pods in releases}
            await asyncio.gather(*(library.furnish() for library in found.values()))
            yield found


async def test_each_lends_and_nothing_of_one_is_in_a_database_or_a_message_of_another(
    servers: SharedServers, libraries: dict[str, LibraryOfMany]
) -> None:
    for name in NAMES:
        await bind_a_witness(servers, name)

    lent = dict(zip(NAMES, await asyncio.gather(*(library.lend() for library in libraries.values())), strict=True))

    for name, ids in lent.items():
        rows = "".join(dump(servers, f"lib_{name}_{service}") for service in SERVICES)
        assert [one for one in ids if one not in rows] == []
        assert [one for other in NAMES if other != name for one in lent[other] if one in rows] == []
        heard = await heard_by_the_witness(servers, name)
        assert heard
        assert heard <= ids


async def bind_a_witness(servers: SharedServers, name: str) -> None:
    """Let a queue of members' user keep all that loans tells in a library."""
    async with await broker(servers, name, "members") as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("members.witness", durable=True)
        await queue.bind(EXCHANGE, "loans.#")


async def heard_by_the_witness(servers: SharedServers, name: str) -> set[str]:
    """Return what the events so far were about."""
    heard = set()
    async with await broker(servers, name, "members") as connection:
        queue = await (await connection.channel()).get_queue("members.witness")
        while message := await queue.get(no_ack=True, fail=False):
            heard.add(read(message).subject)
    return heard


def dump(servers: SharedServers, database: str) -> str:
    """Return all rows of a database."""
    return servers.administer(servers.postgres.programs / "pg_dump", "--data-only", database)


async def test_a_token_of_one_library_opens_nothing_in_another(libraries: dict[str, LibraryOfMany]) -> None:
    for name, other in PAIRS:
        librarian = await libraries[name].librarian()
        for service, path in {"books": "branches/MAIN", "members": "members", "loans": "loans"}.items():
            assert 401 == (await librarian.get(f"{libraries[other].services[service]}/v1/{path}")).status_code


@pytest.mark.parametrize(("name", "other"), PAIRS)
async def test_no_login_of_one_library_gets_into_anothers_database_or_virtual_host(
    servers: SharedServers, name: str, other: str
) -> None:
    for service in SERVICES:
        for login, role in (("database", f"lib_{name}_{service}"), ("owner", f"lib_{name}_{service}_owner")):
            password = servers.password(name, service, login)
            for database in (f"lib_{other}_{service}", "postgres", "template1", "pooler"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
                    await entered(servers, role, password, database)
            with pytest.raises(asyncpg.InvalidPasswordError):
                await entered(servers, role.replace(name, other), password, f"lib_{other}_{service}")
        with pytest.raises(InvalidFrameError, match=r"Connection\.Close"):  # instead of letting in
            await broker(servers, name, service, vhost=f"lib_{other}")


async def test_preparing_again_changes_nothing_and_no_password_is_in_a_command_line(
    servers: SharedServers, libraries: dict[str, LibraryOfMany]
) -> None:
    def logins_and_databases() -> list[str]:
        dumped = servers.administer(servers.postgres.programs / "pg_dumpall", "--globals-only")
        return [
            line for line in dumped.splitlines() if not line.startswith("\\")
        ]  # those guard each dump by a word of its own

    def passwords() -> dict[Path, str]:
        return {path: path.read_text() for path in servers.folder.glob("*/*-password")}

    before, drawn = logins_and_databases(), passwords()
    servers.prepare("north")

    assert before == logins_and_databases()
    assert drawn == passwords()
    assert len(set(drawn.values())) == 27
    assert [path for path, password in drawn.items() if password in servers.noted.read_text()] == []
    assert [path for path in drawn if (path.stat().st_mode | path.parent.stat().st_mode) & 0o077] == []
    await libraries["north"].shelve()
    async with await broker(servers, "north", "loans"):
        pass


async def entered(servers: SharedServers, role: str, password: str, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=HOST, port=servers.postgres.port, user=role, password=password, database=database, ssl=False, timeout=30
    )


async def broker(servers: SharedServers, name: str, service: str, *, vhost: str = "") -> AbstractConnection:
    user, password = f"lib_{name}_{service}", servers.password(name, service, "broker")
    return await aio_pika.connect(f"{servers.rabbit.url_for(user, password)}{vhost or f'lib_{name}'}", timeout=30)
