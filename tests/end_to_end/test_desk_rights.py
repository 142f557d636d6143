"""The buttons of the desk page are those that the person who is signed in may use, in the branch where that counts."""

from uuid import uuid4

from playwright.async_api import Browser, BrowserContext

from tests.end_to_end.browser import SignInPage
from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import ADA, Person, done

AT_THE_DOOR = ["lend", "take_back", "see_loans", "see_members", "place_holds"]
"""What a helper may do who neither changes members nor takes money."""


async def an_account(embedded: EmbeddedLibrary, rights: list[str], branches: list[str] | None = None) -> Person:
    """Open an account that has these rights, and no others; in these branches, or in all."""
    admin, name = await embedded.admin(), f"role-{uuid4().hex[:12]}"
    headers = {"Authorization": f"Bearer {admin.token}"}
    role = {"title": "At the door", "rights": rights}
    done(await embedded.http.put(f"{embedded.members}/v1/roles/{name}", json=role, headers=headers))
    person = Person(f"{name}@library.example", "a long enough pass phrase")
    body = {"email": person.email, "password": person.password, "roles": ["member"]}
    opened = done(await admin.post(f"{embedded.members}/v1/accounts", body))
    grant = f"{embedded.members}/v1/accounts/{opened['account_id']}/grants/{name}"
    done(await embedded.http.put(grant, json={"branches": branches}, headers=headers))
    return person


async def buttons(desk: Desk, place: str) -> set[str]:
    return set(await desk.page.locator(f"{place} button:visible").all_inner_texts()) - {"Close", "Who?"}


async def test_a_helper_sees_the_buttons_of_a_helper(browser: Browser, embedded: EmbeddedLibrary) -> None:
    [copy], reader = await embedded.shelve(title="Romola"), await embedded.enrol()
    done(await embedded.check_out(copy, reader))
    helper = await an_account(embedded, AT_THE_DOOR)
    async with at_work(browser, embedded, person=helper) as desk:
        views = await desk.page.locator("#views a:visible").all_inner_texts()
        enrol = await desk.page.is_visible("#enrol")
        await desk.at_the_desk(reader.card_number)
        await desk.page.wait_for_selector("#borrowed tbody tr")
        on_loan = await buttons(desk, "#borrowed")
        await desk.open_panel("Money")
        money = await buttons(desk, "#panel")
        await desk.open_panel("About the reader")
        about = await buttons(desk, "#panel")
        await desk.open_panel("0 holds")
        holds = await buttons(desk, "#panel")
        await desk.page.get_by_role("button", name="More …: Romola").press("Enter")
        await desk.panel()
        of_copy = await buttons(desk, "#panel")
        await desk.page.focus("#copy")
        refused = await desk.scan("copy", copy.barcode, answers="lend-answers")

    assert ["Lend", "Return", "Pull list", "Search", "Lists"] == views
    assert (False, {"More …"}, set(), set()) == (enrol, on_loan, money, about)
    assert ({"Place a hold"}, {"Open the title"}) == (holds, of_copy)
    assert "Not lent" == refused


async def test_a_right_in_another_branch_shows_no_button_here(browser: Browser, embedded: EmbeddedLibrary) -> None:
    await (await embedded.librarian()).post(f"{embedded.books}/v1/branches", {"code": "EAST", "name": "East"})
    [copy], reader = await embedded.shelve(title="Romola"), await embedded.enrol()
    done(await embedded.check_out(copy, reader))
    rights = [*AT_THE_DOOR, "renew", "change_loans", "copies", "move_copies"]
    shown = {}
    for branch in ("EAST", "MAIN"):
        person = await an_account(embedded, rights, [branch])
        async with at_work(browser, embedded, person=person) as desk:
            await desk.at_the_desk(reader.card_number)
            await desk.page.wait_for_selector("#borrowed tbody tr")
            shown[branch] = await buttons(desk, "#borrowed table")
            await desk.page.get_by_role("button", name="More …: Romola").press("Enter")
            await desk.panel()
            shown[branch] |= await buttons(desk, "#panel")

    assert {"More …", "Open the title"} == shown["EAST"]
    assert {"Renew", "Other due date", "Lost", "Says it was returned", "Status", "Note", "Send to a branch"} <= shown[
        "MAIN"
    ]


async def test_who_only_catalogues_finds_the_search_and_the_lists_and_a_reader_is_told_that_this_is_a_desk(
    browser: Browser, embedded: EmbeddedLibrary
) -> None:
    context = await browser.new_context(locale="en-GB")
    cataloguer = await sign_in(context, embedded, await an_account(embedded, ["catalogue", "copies"]))
    await cataloguer.page.wait_for_selector("#words:focus")
    views = await cataloguer.page.locator("#views a:visible").all_inner_texts()
    await cataloguer.settings()
    await cataloguer.page.click("#sign-out")
    await context.close()
    context = await browser.new_context(locale="en-GB")
    reader = await sign_in(context, embedded, ADA)
    await reader.page.get_by_text("This account may not work at a desk.").wait_for()

    assert ["Search", "Lists"] == views
    assert not await reader.page.is_visible("#views")
    await context.close()


async def sign_in(context: BrowserContext, embedded: EmbeddedLibrary, person: Person) -> Desk:
    desk = Desk(await context.new_page())
    await desk.page.goto(embedded.desk)
    await desk.page.wait_for_selector("#sign-in:focus")
    await desk.page.keyboard.press("Enter")
    await SignInPage(desk.page).sign_in(person)
    return desk
