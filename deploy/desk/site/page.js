// What every view of the page needs: elements, answers, tables. Text is only ever put in as text.

import { Refused } from "./library.js";
import { signIn } from "./sign_in.js";
import { word } from "./words.js";

export const find = (id) => document.getElementById(id);

/** Return a new element with these attributes and children; a child is an element or a text. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((each) => each !== null && each !== undefined && each !== ""));
  return made;
}

/**
 * Put an answer in plain words into its line: `kind` is good, bad or note, or working where there is none yet. The first of
 * `lines` says what it is about, which nobody reads over a shoulder where the desk is discreet. A line is a row where it is
 * that of a table, with its number, what came of it, the rest, and what undoes it.
 */
export function fill(line, kind, headline, ...lines) {
  line.className = `${line.id || "answer"} ${kind}`;
  line.toggleAttribute("aria-busy", false);
  if (kind === "working") line.setAttribute("aria-busy", "true");
  const said = make("p", { class: "headline" }, headline);
  const rest = lines.map((each, at) => (typeof each === "string" && each ? make("p", { class: at === 0 ? "private" : undefined }, each) : each)).filter(Boolean);
  if (line instanceof HTMLTableRowElement) fillRow(line, said, rest);
  else redraw(line, said, ...rest);
  return line;
}

/** Put it into the cells of a row, which stay where they are: who types into a form there would lose the caret with the cell. */
function fillRow(row, said, rest) {
  const { number } = row.dataset;
  if (row.cells.length === 0) row.append(number ? make("th", { scope: "row" }, number) : make("td"), make("td"), make("td"), make("td"));
  const [, verdict, about, acts] = row.cells;
  redraw(verdict, said);
  redraw(about, ...rest.filter((each) => each.className !== "undo"));
  redraw(acts, ...rest.filter((each) => each.className === "undo"));
}

/**
 * Put children into a place, instead of those that are there. Whoever types there or is about to press a button does so still:
 * in the same field, or at the new button for the same. Returns whether somebody was there for whom there is none.
 */
export function redraw(place, ...children) {
  const stood = place.contains(document.activeElement) ? document.activeElement : null;
  place.replaceChildren(...children);
  if (stood === null) return false;
  const alike = stood.isConnected ? stood : [...place.querySelectorAll("button")].find((each) => isFor(each) === isFor(stood));
  alike?.focus();
  return alike === undefined;
}

/** Return what a button is for: which loan, and what is done about it. */
const isFor = (button) => `${button.dataset.loan ?? ""} ${button.getAttribute("aria-label") ?? button.textContent}`;

/** Show an answer to what was not scanned. Returns its line. */
export function answer(place, kind, headline, ...lines) {
  const isTable = place.tagName === "TBODY";
  const shown = fill(make(isTable ? "tr" : "div"), kind, headline, ...lines);
  if (isTable) place.prepend(shown);
  else place.append(shown);
  return shown;
}

/** Show what was said against something, each refusal in words. Returns its line. */
export function refusal(place, headline, title, error) {
  return answer(place, "bad", headline, title, ...against(error));
}

/** Return what was said against something: texts, and what leads on. */
export function against(error) {
  if (!(error instanceof Refused)) {
    reportError(error); // a mistake of the page's own
    return [error.message];
  }
  if (error.status === 0) return [word("no_answer")];
  if (error.status === 401) return [word("signed_out_meanwhile"), make("button", { type: "button", onclick: signIn }, word("sign_in"))];
  return error.refusals.map(({ detail }) => detail);
}

/** Return a table; each row is a list of texts and elements in the order of `columns`. */
export function table(caption, columns, rows) {
  const head = make("thead", {}, make("tr", {}, ...columns.map((each) => make("th", { scope: "col" }, each))));
  const cell = (value, index) =>
    value instanceof HTMLTableCellElement ? value : make("td", { "data-name": columns[index] }, value ?? "");
  const body = make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell))));
  return make("div", { class: "wide" }, make("table", {}, make("caption", {}, caption), head, body));
}

/** Call `scanned` with what is typed into the form's field, at its Enter. */
export function onScan(form, scanned) {
  const field = form.querySelector("input");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    field.value = "";
    field.focus();
    if (text !== "") scanned(text);
  });
}

/** Whether somebody types into an element. */
export const isTypedInto = (element) => element?.matches("input:not([type=checkbox], [type=radio]), textarea") ?? false;

/** Put the caret into a field, unless somebody is in the midst of typing elsewhere. */
export function moveCaret(field) {
  const at = document.activeElement;
  if (!isTypedInto(at) || at.value === "") field.focus();
}

/** Close the form of an act around an element, if there is one, and go back to its button. Returns whether there was one. */
export function closeAround(element) {
  const place = element?.closest(".act");
  const button = place?.querySelector("[aria-expanded=true]");
  if (!button) return false;
  button.click();
  button.focus();
  return true;
}
