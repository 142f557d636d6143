"""Tells what a play was and what the judge found, as tables that stand in README.md."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from tests.lab.faults.notices.judge import Judge
from tests.lab.faults.notices.play import Play
from tests.members.smtp_sink import Fault

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- the last play of notices: begin -->", "<!-- the last play of notices: end -->"
_MISBEHAVIOUR = {
    Fault.NOBODY: "refused at RCPT: 550, nobody there",
    Fault.LATER: "451 at RCPT",
    Fault.GOES: "421 at RCPT",
    Fault.DROPS: "dropped before the dot",
    Fault.HANGS: "taken, and no answer",
    Fault.FORGETS: "not taken, and no answer",
    Fault.CLOSES: "taken, and closed without an answer",
    Fault.FULL: "452 after the dot",
}


def tables(play: Play, judge: Judge, found: dict[str, list[str]]) -> str:
    """Return everything about a play, in Markdown."""
    lines = [_summary(play, found), "", "| the mail server | times |", "|---|---|"]
    lines += [f"| {meaning} | {play.faults[fault]} |" for fault, meaning in _MISBEHAVIOUR.items()]
    lines += ["", "| what became of it | number |", "|---|---|"]
    lines += [f"| {name} | {number} |" for name, number in judge.figures().items()]
    lines += ["", "| what must be true | violations |", "|---|---|"]
    lines += [f"| {name} | {len(each)} |" for name, each in found.items()]
    return "\n".join(lines)


def _summary(play: Play, found: dict[str, list[str]]) -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, seed {play.seed}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}: {play.members} members, {len(play.truth.occurrences)} occurrences, "
        f"{len(play.taken)} mails accepted, {sum(play.letters.values())} letters printed within "
        f"{play.seconds:.0f} seconds, the last of them {play.settled_in:.0f} seconds after the last occurrence; relays "
        f"were killed {play.killed} times, and loans fell silent {play.stops} times. "
        f"**{sum(len(each) for each in found.values())} violations.**"
    )


def write(play: Play, judge: Judge, found: dict[str, list[str]]) -> None:
    """Put the tables into README.md, in the place of those of the play before."""
    text = README.read_text()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    README.write_text(f"{head}{BEGIN}\n\n{tables(play, judge, found)}\n\n{END}{tail}")
