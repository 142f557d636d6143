// A copy that the catalogue does not know, as of a guest or of an old shelf: a short record, and it can be lent.

import { act } from "../acts.js";
import { branchChoices, change } from "../library.js";
import { make } from "../page.js";
import { word } from "../words.js";

export async function content(barcode, { scans, branch }) {
  const ask = [
    { name: "title", required: true }, { name: "barcode", value: /\d/.test(barcode) ? barcode : "", required: true, most: 64 },
    { name: "item_type", value: "book", required: true, most: 60 },
    { name: "home_branch", type: "choice", value: branch(), options: branchChoices() },
  ];
  const add = act("fast_add", { ask,
    perform: ({ title, barcode: code, item_type, home_branch }, key) =>
      change("books", "books", { title, suppressed: true, copies: [{ barcode: code, branch: home_branch, item_type }] }, { key }),
    done: ({ title }) => [title],
    after: () => {} });
  add.querySelector("button").click(); // whoever opened this wants the form
  return [word("fast_add"), make("p", {}, word(scans.turn.member === null ? "fast_add_text" : "fast_add_lend")), add];
}
