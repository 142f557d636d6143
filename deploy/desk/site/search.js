// Search the catalogue, with what is available; a copy's barcode finds that copy.

import { book, copyByBarcode, search } from "./library.js";
import { find, make, moveCaret, refusal, table } from "./page.js";
import * as panel from "./panel.js";
import { dueDate, word, yearOf } from "./words.js";

const BARCODE = /^(?=\S*\d)\S{1,64}$/; // one word with a digit: perhaps that of a copy

let latest = null; // what was asked for last, and what came of it

/** Make the view ready. */
export function prepare() {
  find("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const words = field().value.trim();
    field().focus();
    field().select(); // what is typed or scanned next takes its place
    if (words !== "") ask(words);
  });
}

/** Return where words are typed, and scans belong. */
export const field = () => find("words");

/** Put the caret there. */
export const show = () => moveCaret(field());

/** Show what was found again, in the language that is spoken now. */
export function sayAgain() {
  if (latest !== null) render(latest);
}

async function ask(words) {
  const asked = { words, copy: null, found: [], next: null, isLooking: true };
  latest = asked;
  render(asked);
  await attempt(asked, async () => {
    asked.copy = BARCODE.test(words) ? await withItsBook(await copyByBarcode(words)) : null;
    if (asked.copy === null) await more(asked);
  });
}

const withItsBook = async (copy) => copy && { ...copy, title: (await book(copy.book_id)).title };

async function more(asked) {
  const page = await search(asked.words, asked.next);
  asked.found.push(...page.items);
  asked.next = page.next_cursor;
}

/** Show what comes of a search, unless somebody has asked for something else meanwhile. */
async function attempt(asked, step) {
  asked.isLooking = true;
  try {
    await step();
  } catch (error) {
    if (asked !== latest) return;
    latest = null;
    find("found").textContent = "";
    find("search-results").replaceChildren();
    refusal(find("search-results"), word("not_done"), asked.words, error);
    return;
  }
  asked.isLooking = false;
  if (asked === latest) render(asked);
}

function render(asked) {
  const { words, copy, found, next, isLooking } = asked;
  const place = find("search-results");
  place.setAttribute("aria-busy", String(isLooking));
  if (isLooking && found.length === 0) {
    find("found").textContent = word("looking", { words });
    place.replaceChildren();
    return;
  }
  const count = copy === null ? found.length : 1;
  find("found").textContent = count === 0 ? word("found_none") : word(next ? "found_more" : "found_some", { count });
  if (copy !== null) place.replaceChildren(copyTable(words, copy));
  else if (count === 0) place.replaceChildren();
  else place.replaceChildren(bookTable(words, found), ...(next ? [make("button", { type: "button", onclick: () => attempt(asked, () => more(asked)) }, word("more"))] : []));
}

function copyTable(words, copy) {
  const where = [word(copy.availability), copy.due_at && dueDate(copy.due_at), copy.transit_to].filter(Boolean).join(" · ");
  return table(words, [word("item"), word("barcode"), word("branch"), word("shelf_mark"), word("state")],
    [[make("button", { type: "button", class: "link", onclick: () => panel.open("copy", { barcode: copy.barcode }) }, copy.title), copy.barcode, copy.branch, copy.shelf_mark, where]]);
}

function bookTable(words, found) {
  const columns = [word("item"), word("authors"), word("year"), word("available")];
  const rows = found.map((book) => [
    make("button", { type: "button", class: "link", onclick: () => panel.open("title", { book_id: book.book_id }) }, book.title),
    (book.authors ?? []).join("; "),
    yearOf(book),
    word("of_copies", { available: book.availability.available, copies: book.availability.copies }),
  ]);
  return table(words, columns, rows);
}
