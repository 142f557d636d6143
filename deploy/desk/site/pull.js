// The lists of a branch: what to fetch from the shelves, what to clear off the hold shelf, and what is on its way.

import { act } from "./acts.js";
import { branchName, change, notFound, pullList, read, zoneOf } from "./library.js";
import { answer, find, make, refusal, table } from "./page.js";
import * as panel from "./panel.js";
import * as verdict from "./verdict.js";
import { day, word } from "./words.js";

const MOST = 1000; // rows of a list
const PATIENCE = 60; // times that the catalogue is asked whether it has heard of a copy

let branch = () => "";

/** Make the view ready; `chosenBranch` tells the branch of the desk. */
export function prepare(chosenBranch) {
  branch = chosenBranch;
}

/** Nothing is scanned here. */
export const field = () => null;

/** Ask for the lists, and show them. */
export async function show() {
  const at = branch();
  if (at === "") {
    find("pull-list").replaceChildren(make("p", {}, word("choose_branch")));
    for (const id of ["shelf-list", "transit-list"]) find(id).replaceChildren();
    return;
  }
  const away = (status) => (cursor) => read("loans", "circulation-statuses", { status, branch: at, limit: 100, cursor });
  await Promise.all([
    list(at, "pull-list", "none_to_pull", (cursor) => pullList(at, cursor), pulled),
    list(at, "shelf-list", "none_to_clear", away("to_clear"), cleared),
    list(at, "transit-list", "none_on_the_way", (cursor) => read("loans", "transits", { branch: at, limit: 100, cursor }), onTheWay),
  ]);
}

async function list(at, id, nothing, ask, tableOf) {
  const items = [];
  try {
    let cursor;
    do {
      const page = await ask(cursor);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && items.length < MOST);
  } catch (error) {
    refusal(find("pull-trouble"), word("not_done"), "", error);
    return;
  }
  if (at !== branch()) return;
  find(id).replaceChildren(items.length === 0 ? make("p", { role: "status" }, word(nothing, { branch: branchName(at) })) : tableOf(at, items));
}

export function sayAgain() {
  for (const id of ["pull-trouble", "pull-list", "shelf-list", "transit-list"]) find(id).replaceChildren();
}

/** Return a title that opens the panel of its copy. */
const titleOf = ({ title, barcode }) => make("button", { type: "button", class: "link", onclick: () => panel.open("copy", { barcode }) }, title);

function pulled(at, items) {
  const columns = [word("shelf_mark"), word("item"), word("barcode"), word("for_branch"), word("act")];
  const rows = items.map((item) => [
    [item.location, item.shelf_mark].filter(Boolean).join(" · "),
    titleOf(item),
    item.barcode,
    branchName(item.pickup_branch),
    make("button", { type: "button", "aria-label": `${word("not_found")}: ${item.title}`, onclick: () => missing(item) }, word("not_found")),
  ]);
  return table(`${word("pull")}: ${branchName(at)}`, columns, rows);
}

function cleared(at, items) {
  const rows = items.map((item) => [titleOf(item), item.barcode, day(item.since, zoneOf(at))]);
  return table(word("to_clear", { branch: branchName(at) }), [word("item"), word("barcode"), word("since")], rows);
}

function onTheWay(at, items) {
  const rows = items.map((item) => [titleOf(item), item.barcode, branchName(item.from_branch), branchName(item.to_branch), day(item.since, zoneOf(at))]);
  return table(word("on_the_way"), [word("item"), word("barcode"), word("from"), word("for_branch"), word("since")], rows);
}

async function missing(item) {
  const title = `${item.title} (${item.barcode})`;
  try {
    await notFound(item.hold_id);
    verdict.show(item, "note", word("reported_missing", { title }));
    answer(find("pull-trouble"), "note", word("reported_missing", { title }), act("it_is_there", { what: title, perform: (_, key) => isThere(item, key), after: show }));
  } catch (error) {
    refusal(find("pull-trouble"), word("not_done"), item.title, error);
  }
  await show();
}

/** Put a copy back into service. The catalogue hears that it is missing a moment after lending does, and not later than this. */
async function isThere({ copy_id: id }, key) {
  for (let asked = 0; asked < PATIENCE; asked += 1) {
    if ((await read("books", `copies/${id}`)).status === "missing") break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return change("books", `copies/${id}/status`, { status: "in_service" }, { key });
}
