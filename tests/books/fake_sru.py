"""Another catalogue on this machine, which answers as it is told, also badly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

MARC = """<record xmlns="http://www.loc.gov/MARC21/slim">
  <leader>00000nam a2200000 c 4500</leader>
  <controlfield tag="001">n5</controlfield>
  <controlfield tag="003">DE-1</controlfield>
  <datafield tag="020" ind1=" " ind2=" "><subfield code="a">9780141439587</subfield></datafield>
  <datafield tag="100" ind1="1" ind2=" "><subfield code="a">Austen, Jane</subfield></datafield>
  <datafield tag="245" ind1="1" ind2="0"><subfield code="a">Emma</subfield></datafield>
  <datafield tag="264" ind1=" " ind2="1"><subfield code="b">Penguin</subfield></datafield>
  <datafield tag="505" ind1="0" ind2=" "><subfield code="a">Volume I</subfield></datafield>
  <datafield tag="952" ind1=" " ind2=" "><subfield code="p">theirs</subfield></datafield>
</record>"""


def an_answer(
    *records: str, version: str = "1.1", packed: bool = False, more: str = "", total: int | None = None
) -> str:
    """Return an answer in the shape of this version of SRU."""
    namespace = (
        "http://docs.oasis-open.org/ns/search-ws/sruResponse" if version == "2.0" else "http://www.loc.gov/zing/srw/"
    )
    data = [each.replace("<", "&lt;").replace(">", "&gt;") if packed else each for each in records]
    wrapped = "".join(
        f"<z:record><z:recordSchema>marcxml</z:recordSchema><z:recordData>{each}</z:recordData></z:record>"
        for each in data
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><z:searchRetrieveResponse xmlns:z="{namespace}">'
        f"<z:version>{version}</z:version>"
        f"<z:numberOfRecords>{len(data) if total is None else total}</z:numberOfRecords>"
        f"<z:records>{wrapped}</z:records>{more}</z:searchRetrieveResponse>"
    )


DIAGNOSTIC = """<z:diagnostics><diagnostic xmlns="http://www.loc.gov/zing/srw/diagnostic/">
  <uri>info:srw/diagnostic/1/16</uri><details>bath.isbn</details><message>Unsupported index</message>
</diagnostic></z:diagnostics>"""


class FakeSru:
    """What it answers next, and what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.headers, self.pause = 200, an_answer(), "", 0.0
        self.port = 0
        self.asked: list[dict[str, str]] = []
        self.heads: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sru"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head.lower())
            self.asked.append({name: values[0] for name, values in parse_qs(urlsplit(head.split()[1]).query).items()})
            await asyncio.sleep(self.pause)
            body = self.body.encode()
            writer.write(
                f"HTTP/1.1 {self.status} X\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n"
                f"Connection: close\r\n{self.headers}\r\n".encode()
                + body
            )
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # who asked has gone
        finally:
            writer.close()


@asynccontextmanager
async def serving() -> AsyncIterator[FakeSru]:
    """Let it answer on a free port."""
    fake = FakeSru()
    server = await asyncio.start_server(fake._serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    async with server:
        yield fake
