// What the views that ask for a table have in common: a form above it, a file of it, and what is said when there is none.

import { branchName, categoryName, spreadsheet, zoneOf } from "../library.js";
import { make, refusal } from "../page.js";
import * as panel from "../panel.js";
import { may } from "../rights.js";
import { day, word } from "../words.js";

let fields = 0; // grows with each, so that every label finds its own

/** Return a field with its label: `kind` is a type of input, or `choice` with options of code and text. */
export function field(name, label, { kind = "text", value = "", options = [], changed = () => {} } = {}) {
  fields += 1;
  const id = `filter-${fields}`;
  const input = kind === "choice"
    ? make("select", { id, name, onchange: changed }, ...options.map(([code, text]) => make("option", { value: code, selected: code === value }, text)))
    : make("input", { id, name, type: kind, value: kind === "checkbox" ? "true" : value, checked: kind === "checkbox" && value === "true", min: kind === "number" ? "0" : undefined, maxlength: "100" });
  return make("label", { for: id, class: kind === "checkbox" ? "tick" : "field" }, ...(kind === "checkbox" ? [input, label] : [label, input]));
}

/** Return what is chosen in a form, by name; what is empty is left out. */
export const chosenIn = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));

/** Return a button that hands out a table as a file. */
export function fileButton(name, ask, place) {
  const button = make("button", { type: "button", onclick: async () => {
    button.disabled = true;
    try {
      const { service, path, query } = ask();
      const address = URL.createObjectURL(await spreadsheet(service, path, query));
      make("a", { href: address, download: `${name()}.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      refusal(place, word("not_done"), "", error);
    } finally {
      button.disabled = false;
      button.focus();
    }
  } }, word("as_file"));
  return button;
}

/** Return what stands in a cell: days and names for people, instead of moments and codes. */
export function cell(column, value, row) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join("; ");
  if (/_at$|^since$|_since$|_on$/.test(column)) return day(value, zoneOf(row.branch));
  if (/branch$/.test(column)) return branchName(value);
  if (column === "category") return categoryName(value);
  if (column === "because" || column === "alike_by") return said("alike_", value);
  return String(value);
}

/** Return the word for a code, or the code where there is none. */
export function said(prefix, code) {
  const name = prefix + code.replaceAll("-", "_");
  return word(name) === name ? code : word(name);
}

/** Return a button that shows who a member is; each look at somebody is put on record. */
export const whoButton = (member_id, about) =>
  (may("see_members") ? make("button", { type: "button", "aria-label": `${word("who")}: ${about}`, onclick: () => panel.open("member", { member_id }) }, word("who")) : "");
