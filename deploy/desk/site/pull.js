// The pull list of a branch: which copies to fetch from the shelves.

import { notFound, pullList } from "./library.js";
import { answer, find, make, refusal, table } from "./page.js";
import { word } from "./words.js";

let branch = () => "";

/** Make the view ready; `chosenBranch` tells the branch of the desk. */
export function prepare(chosenBranch) {
  branch = chosenBranch;
}

/** Nothing is scanned here. */
export const field = () => null;

/** Ask for the list, and show it. */
export async function show() {
  const place = find("pull-list");
  const at = branch();
  if (at === "") {
    place.replaceChildren(make("p", {}, word("choose_branch")));
    return;
  }
  const items = [];
  try {
    let cursor;
    do {
      const page = await pullList(at, cursor);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && items.length < 1000);
  } catch (error) {
    refusal(find("pull-trouble"), word("not_done"), "", error);
    return;
  }
  if (at !== branch()) return;
  place.replaceChildren(items.length === 0 ? make("p", { role: "status" }, word("none_to_pull", { branch: at })) : listOf(at, items));
}

export const sayAgain = () => {
  find("pull-trouble").replaceChildren();
  find("pull-list").replaceChildren();
};

function listOf(at, items) {
  const columns = [word("shelf_mark"), word("item"), word("barcode"), word("for_branch"), word("act")];
  const rows = items.map((item) => [
    item.shelf_mark,
    item.title,
    item.barcode,
    item.pickup_branch,
    make("button", { type: "button", "aria-label": `${word("not_found")}: ${item.title}`, onclick: () => missing(item) }, word("not_found")),
  ]);
  return table(`${word("pull")}: ${at}`, columns, rows);
}

async function missing(item) {
  try {
    await notFound(item.hold_id);
    answer(find("pull-trouble"), "note", word("reported_missing", { title: `${item.title} (${item.barcode})` }));
  } catch (error) {
    refusal(find("pull-trouble"), word("not_done"), item.title, error);
  }
  await show();
}
