"""A night at the library: each trouble is found by its alert, and mended by what its runbook says.

Prometheus is real, and its rules are those that are shipped; only that they wait for minutes is left out.
A small disk is mounted: the tests have to run as root.
"""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.end_to_end.library import Copy, Member, done
from tests.lab.faults.night import LARGER, Night, insisted, lend, until

RUNBOOKS = (Path(__file__).parents[3] / "docs/runbooks.md").read_text()
(NUMBERS_GO_ON,) = re.findall(r"SELECT setval\(.+?;", RUNBOOKS)


@pytest.fixture(scope="module")
async def night(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Night]:
    async with Night(tmp_path_factory.mktemp("night")) as library:
        yield library


@pytest.fixture
async def copies(night: Night) -> list[Copy]:
    return await night.shelve(copies=4)


@pytest.fixture
async def reader(night: Night) -> Member:
    return await night.enrol()


async def test_a_full_disk_is_told_and_mended_by_a_larger_one(night: Night, copies: list[Copy], reader: Member) -> None:
    await night.lend_and_take_back(copies[0], reader)
    await asyncio.to_thread(night.disk.fill)

    await until(night, "LibraryAvailabilityBurnsFast", copies, reader, service="loans")
    night.disk.enlarge(LARGER)
    await asyncio.to_thread(night.postgres.stop)
    await asyncio.to_thread(night.postgres.start)

    await night.all_is_well()
    for copy in copies:
        await insisted(partial(night.give_back, copy))
    await insisted(partial(night.check_out, copies[0], reader, key="after-the-full-disk"))
    await insisted(partial(night.give_back, copies[0]))
    await night.nothing_differs()


async def test_a_wedged_broker_is_told_and_mended_by_a_restart(
    night: Night, copies: list[Copy], reader: Member
) -> None:
    os.killpg(night.rabbit.pid, signal.SIGSTOP)
    try:
        await lend(night, copies, reader)
        await night.an_hour_passes()

        await night.alarm("LibraryOutboxStalled", service="loans")
        _, waiting = await night.runbook("loans", "outbox", "status")
        _, sick = await night.runbook("loans", "doctor", RABBITMQ_URL=night.rabbit.url_for("loans", "loans"))
    finally:
        await asyncio.to_thread(night.rabbit.kill)
        await asyncio.to_thread(night.rabbit.start)

    assert "loans.loan.checked_out" in waiting
    assert "events wait in the outbox" in sick
    await night.quiet("LibraryOutboxStalled", service="loans")
    assert (0, "Nothing waits to be published.\n") == await night.runbook("loans", "outbox", "status")
    for copy in copies:
        done(await night.give_back(copy))
    await night.nothing_differs()


async def test_a_relay_that_was_dead_for_an_hour_is_told_and_mended_by_its_start(
    night: Night, copies: list[Copy], reader: Member
) -> None:
    await night.kill("loans relay")
    await lend(night, copies, reader)
    await night.an_hour_passes()

    await night.alarm("LibraryOutboxUnmeasured", service="loans")
    await night.alarm("LibraryTargetDown", process="loans relay")
    await night.start("loans relay")

    await night.quiet("LibraryOutboxUnmeasured", service="loans")
    await night.quiet("LibraryOutboxStalled", service="loans")
    for copy in copies:
        await night.shows(copy, "on_loan")
        done(await night.give_back(copy))
    await night.nothing_differs()


async def test_a_certificate_that_has_run_out_is_told_and_mended_by_a_new_one(
    night: Night, copies: list[Copy], reader: Member
) -> None:
    desk = night.processes["second_desk"].environment
    asked_there = {name: desk[name] for name in ("LOANS_MEMBERS_URL", "TLS_CA_FILE")}
    night.certify(expired=True)
    await night.kill("second_desk")
    await night.start("second_desk")

    told = {"service": "loans", "neighbour": "members"}
    await until(night, "LibraryNeighbourAway", copies, reader, desk=night.second_desk, **told)
    _, sick = await night.runbook("loans", "doctor", **asked_there)
    night.certify()

    assert "certificate has expired" in sick
    await night.desks_reach_everybody()
    await night.quiet("LibraryNeighbourAway", seconds=180)  # it looks back a minute
    await night.all_is_well(**asked_there)
    done(await night.check_out(copies[0], reader, desk=night.second_desk))
    done(await night.give_back(copies[0]))
    await night.nothing_differs()


async def test_what_happened_since_the_moment_of_a_restore_is_found_and_told_again(
    night: Night, copies: list[Copy], reader: Member, tmp_path: Path
) -> None:
    at_home, on_loan, *_ = copies
    done(await night.check_out(on_loan, reader))
    await night.shows(on_loan, "on_loan")
    await night.dump("loans", tmp_path / "loans.dump")
    done(await night.check_out(at_home, reader))
    done(await night.give_back(on_loan))
    await night.shows(at_home, "on_loan")
    await night.shows(on_loan, "available")

    for name in ("loans", "second_desk", "loans relay"):
        await night.stop(name)
    await night.alarm("LibraryServiceMissing", service="loans")
    await night.restore("loans", tmp_path / "loans.dump")
    await night.type("loans", NUMBERS_GO_ON)
    await night.make_whole()
    found, figures = await night.runbook("loans", "consistency")
    await night.runbook("loans", "consistency", "--repair")

    assert 1 == found, figures
    await night.shows(at_home, "available")
    await night.shows(on_loan, "on_loan")
    await night.nothing_differs()
    await night.quiet("LibraryServiceMissing")
    await night.all_is_well()
