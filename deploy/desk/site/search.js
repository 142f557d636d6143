// Search the catalogue, with what is available.

import { search } from "./library.js";
import { find, make, onScan, refusal, table } from "./page.js";
import { word } from "./words.js";

let words = "";
let found = [];
let next = null;

/** Make the view ready. */
export function prepare() {
  onScan(find("search-form"), async (typed) => {
    find("words").value = typed;
    words = typed;
    found = [];
    next = null;
    await more();
  });
}

/** Put the caret where words are typed. */
export const show = () => find("words").focus();

/** Show what was found again, in the language that is spoken now. */
export function sayAgain() {
  if (words !== "") render();
}

async function more() {
  try {
    const page = await search(words, next);
    found.push(...page.items);
    next = page.next_cursor;
  } catch (error) {
    find("search-results").replaceChildren();
    refusal(find("search-results"), word("not_done"), words, error);
    return;
  }
  render();
}

function render() {
  const count = found.length;
  find("found").textContent = count === 0 ? word("found_none") : word(next ? "found_more" : "found_some", { count });
  if (count === 0) {
    find("search-results").replaceChildren();
    return;
  }
  const columns = [word("item"), word("authors"), word("year"), word("available")];
  const rows = found.map((book) => [
    book.title,
    (book.authors ?? []).join("; "),
    book.published_year === null || book.published_year === undefined ? "" : String(book.published_year),
    word("of_copies", { available: book.availability.available, copies: book.availability.copies }),
  ]);
  find("search-results").replaceChildren(table(words, columns, rows),
    ...(next ? [make("button", { type: "button", onclick: more }, word("more"))] : []));
}
