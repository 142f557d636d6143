// The working lists of the three services: what is to be worked off, narrowed down, in pages and as a file.

import { act } from "../acts.js";
import { branchChoices, categoryChoices, change, read } from "../library.js";
import { make, refusal, table } from "../page.js";
import * as panel from "../panel.js";
import { isFor, may } from "../rights.js";
import { word } from "../words.js";
import { cell, chosenIn, field, fileButton, said, whoButton } from "./asking.js";

const SERVICES = ["loans", "books", "members"];
const NEEDS = { "coming-of-age": "see_contacts", "duplicate-members": "merge_members", "duplicate-books": "catalogue" };
const SHOWN = { // of the columns that a list has; all are in its file
  overdue: ["title", "barcode", "branch", "category", "due_at", "days_late"],
  claims: ["title", "barcode", "branch", "category", "claimed_at", "due_at"],
  "holds-ratio": ["title", "waiting", "lendable_copies", "ratio", "first_placed_at"],
  "long-in-transit": ["title", "barcode", "from_branch", "to_branch", "since"],
  "long-on-hold-shelf": ["title", "barcode", "branch", "since"],
  "never-lent": ["title", "authors", "barcode", "branch", "shelf_mark", "loans", "lent_at", "keep_reason"],
  missing: ["title", "barcode", "branch", "shelf_mark", "status_since"],
  "no-shelf-mark": ["title", "barcode", "branch", "location", "item_type", "added_at"],
  "duplicate-books": ["title", "alike_by", "total"],
  "memberships-ending": ["name", "card_number", "category", "home_branch", "expires_on"],
  "coming-of-age": ["name", "card_number", "category", "home_branch", "comes_of_age_on", "guardians"],
  "duplicate-members": ["names", "because"],
};
const NUMBERS = new Set(["days", "years", "days_ago", "ratio"]);

let branch = () => "";
let known = []; // the lists: each with its service
let chosen = ""; // the name of one
let filters = {};
let shown = null; // {list, query, rows, next}
let place = null;

export async function prepare(chosenBranch) {
  branch = chosenBranch;
  place = document.getElementById("lists-view");
}

/** Show the choice of lists, and the one that was asked for. */
export async function show() {
  if (known.length === 0 && !(await askForLists())) return;
  draw();
}

export const sayAgain = () => (known.length > 0 ? draw() : undefined);

async function askForLists() {
  place.setAttribute("aria-busy", "true");
  const found = await Promise.allSettled(SERVICES.map((service) => read(service, "lists")));
  place.removeAttribute("aria-busy");
  known = found.flatMap(({ value }, at) => (value?.items ?? []).map((list) => ({ ...list, service: SERVICES[at] })))
    .filter(({ name }) => NEEDS[name] === undefined || may(NEEDS[name]));
  chosen ||= known[0]?.name ?? "";
  if (known.length > 0) return true;
  place.replaceChildren();
  refusal(place, word("not_shown_here"), "", found[0].reason ?? new Error(word("no_answer")));
  return false;
}

const titleOf = ({ name, title }) => (said("list_", name) === name ? title : said("list_", name));

function draw() {
  const list = known.find(({ name }) => name === chosen);
  const choice = make("select", { id: "list", onchange: () => {
    chosen = choice.value;
    shown = null;
    draw();
    document.getElementById("list").focus();
  } }, ...SERVICES.map((service) => make("optgroup", { label: word(service) }, ...known.filter((each) => each.service === service)
    .map((each) => make("option", { value: each.name, selected: each.name === chosen }, titleOf(each))))));
  const form = make("form", { class: "filters", autocomplete: "off", onsubmit: (event) => {
    event.preventDefault();
    filters = { ...filters, ...Object.fromEntries(list.filters.map(({ name }) => [name, undefined])), ...chosenIn(form) };
    ask(list, chosenIn(form));
  } },
  make("label", { for: "list", class: "field" }, word("list"), choice),
  ...list.filters.map(filterField), make("button", { class: "main" }, word("show_list")),
  fileButton(() => list.name, () => ({ service: list.service, path: `lists/${list.name}`, query: chosenIn(form) }), place));
  place.replaceChildren(form, make("p", { id: "list-told", role: "status" }), make("div", { id: "list-rows" }));
  if (shown !== null) render();
}

function filterField({ name }) {
  const label = word(`filter_${name}`);
  const any = ["", word("any")];
  if (name === "branch") return field(name, label, { kind: "choice", value: filters.branch ?? branch(), options: [any, ...branchChoices()] });
  if (name === "category") return field(name, label, { kind: "choice", value: filters.category, options: [any, ...categoryChoices()] });
  if (name === "kept") return field(name, label, { kind: "checkbox", value: filters.kept });
  return field(name, said("filter_", name), { kind: NUMBERS.has(name) ? "number" : "text", value: filters[name] ?? "" });
}

async function ask(list, query) {
  const own = { list, query, rows: [], next: undefined };
  shown = own;
  document.getElementById("list-told").textContent = word("looking", { words: titleOf(list) });
  document.getElementById("list-rows").replaceChildren();
  await more(own);
}

async function more(own) {
  try {
    const page = await read(own.list.service, `lists/${own.list.name}`, { ...own.query, limit: 100, cursor: own.next });
    own.rows.push(...page.items);
    own.next = page.next_cursor;
  } catch (error) {
    if (own !== shown) return;
    shown = null;
    document.getElementById("list-told").textContent = "";
    refusal(document.getElementById("list-rows"), word("not_done"), "", error);
    return;
  }
  if (own === shown) render();
}

function render() {
  const { list, rows, next } = shown;
  const columns = SHOWN[list.name] ?? list.columns.filter((column) => !/_ids?$/.test(column));
  const acts = list.columns.some((column) => /^member_ids?$/.test(column)) || columns.includes("keep_reason");
  document.getElementById("list-told").textContent = rows.length === 0 && !next ? word("list_empty") : word(next ? "found_more" : "found_some", { count: rows.length });
  document.getElementById("list-rows").replaceChildren(
    ...(rows.length === 0 ? [] : [table(titleOf(list), [...columns.map((column) => said("col_", column)), ...(acts ? [word("act")] : [])],
      rows.map((row) => [...columns.map((column) => (column === "title" ? titleCell(row) : named(column, row))), ...(acts ? [actsOn(row, columns)] : [])]))]),
    ...(next ? [make("button", { type: "button", onclick: () => more(shown) }, word("more"))] : []));
}

const isPrivate = new Set(["name", "names", "card_number"]);
const named = (column, row) => make("td", { class: isPrivate.has(column) ? "private" : undefined, "data-name": said("col_", column) }, cell(column, row[column], row));

function titleCell(row) {
  const opens = row.barcode ? ["copy", { barcode: row.barcode }] : row.book_id ? ["title", { book_id: row.book_id }] : null;
  if (opens !== null) return make("button", { type: "button", class: "link", onclick: () => panel.open(...opens) }, row.title);
  return make("span", { class: "row" }, ...(row.book_ids ?? []).map((book_id, at) =>
    make("button", { type: "button", class: "link", onclick: () => panel.open("title", { book_id }) }, `${row.title} (${at + 1})`)));
}

function actsOn(row, columns) {
  const members = row.member_ids ?? (row.member_id ? [row.member_id] : []);
  const about = row.title ?? row.name ?? row.names?.join(", ") ?? "";
  const keeps = columns.includes("keep_reason") && isFor("copies", () => act("keep_copy", { what: row.barcode, ask: [{ name: "text", value: row.keep_reason ?? "" }],
    perform: async ({ text }) => {
      const copy = await read("books", `copies/${row.copy_id}`);
      return change("books", `copies/${row.copy_id}`, { keep_reason: text ?? null }, { method: "PATCH", version: copy.version });
    },
    after: (copy) => {
      row.keep_reason = copy.keep_reason;
      render();
    } }), row.branch);
  return make("span", { class: "row" }, ...members.map((id, at) => whoButton(id, members.length > 1 ? `${about} (${at + 1})` : about)), keeps || "");
}
