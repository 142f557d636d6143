"""The gateway as it is started: its certificate, its port and its accounts."""

import asyncio
import json
import ssl
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loans_service.__main__ import commands
from loans_service.sip2.command import Sip2Worker
from loans_service.sip2.settings import Sip2Settings
from shared.configuration import load
from shared.environment import ConfigurationError
from tests.authority import Authority
from tests.loans.sip2.fake_services import account
from tests.loans.sip2.self_check import SelfCheck
from tests.ports import quiet_ports


def settings_of(folder: Path, **more: str) -> Sip2Settings:
    file = folder / "accounts.json"
    file.write_text(json.dumps([account()]))
    nobody = "http://127.0.0.1:9"
    return load(
        Sip2Settings,
        accounts_file=file,
        books_url=nobody,
        members_url=nobody,
        loans_url=nobody,
        port=quiet_ports(1)[0],
        **more,
    )


async def test_with_a_certificate_machines_speak_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    issued = authority.issue("127.0.0.1")
    settings = settings_of(tmp_path, tls_certificate_file=str(issued.certificate), tls_key_file=str(issued.key))
    stop = asyncio.Event()
    running = asyncio.create_task(Sip2Worker(settings).run(stop))
    try:
        trusting = ssl.create_default_context(cafile=authority.file)
        async with asyncio.timeout(10):
            while True:
                try:
                    asking = await SelfCheck.connect(settings.port, tls=trusting)
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.02)  # it begins to listen in its own time
        plain = await SelfCheck.connect(settings.port)
        await plain.send(b"9900302.00\r")

        assert "941" == (await asking.ask("9300CNselfcheck|COsecret-of-the-hall|"))[:3]
        assert "98NNN" == (await asking.ask("9900302.00"))[:5]
        assert b"98" != (await plain.hear())[:2]
        await asking.leave()
        await plain.leave()
    finally:
        stop.set()
        await running


def test_half_a_certificate_is_named(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, tls_key_file=str(tmp_path / "key.pem"))

    with pytest.raises(ConfigurationError) as refused:
        settings.server_certificate()

    assert (
        "SIP2_CERTIFICATE_FILE is missing, but SIP2_KEY_FILE is set: set both, or neither.",
    ) == refused.value.sentences


async def test_a_port_in_use_and_accounts_that_are_none_are_named(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    other = await asyncio.start_server(lambda *_: None, "127.0.0.1", settings.port)
    async with other:
        with pytest.raises(ConfigurationError, match="SIP2_PORT cannot be used: port"):
            await Sip2Worker(settings).run(asyncio.Event())
    settings.accounts_file.write_text('[{"login": "x"}]')
    with pytest.raises(ConfigurationError, match=r"SIP2_ACCOUNTS_FILE cannot be used: .*holds no accounts"):
        await Sip2Worker(settings).run(asyncio.Event())


def test_machines_get_as_many_seconds_at_the_end_as_the_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    async def noted(worker: Sip2Worker, *, grace: float) -> None:
        given.extend((worker._grace, grace))

    monkeypatch.setattr("loans_service.__main__.run_until_signalled", noted)
    monkeypatch.setattr("loans_service.__main__.load_or_exit", lambda *_: settings_of(tmp_path))

    result = CliRunner().invoke(commands, ["sip2", "--timeout-graceful-shutdown", "3"])

    assert (0, [3, 4]) == (result.exit_code, given), result.output
