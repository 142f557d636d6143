// What every view of the page needs: elements, answers, tables. Text is only ever put in as text.

import { Refused } from "./library.js";
import { signIn } from "./sign_in.js";
import { inWords, word } from "./words.js";

const MOST_ANSWERS = 30; // that stay on the page

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

/** Show an answer in big plain words: `kind` is good, bad or note. Returns its element. */
export function answer(place, kind, headline, ...lines) {
  const shown = make("div", { class: `answer ${kind}` }, make("p", { class: "headline" }, headline),
    ...lines.filter(Boolean).map((line) => (line instanceof Node ? line : make("p", {}, line))));
  place.append(shown);
  while (place.children.length > MOST_ANSWERS) place.firstElementChild.remove();
  return shown;
}

/** Show what was said against something, each refusal in words. Returns its element. */
export function refusal(place, headline, title, error) {
  return answer(place, "bad", headline, title, ...against(error));
}

function against(error) {
  if (!(error instanceof Refused)) {
    reportError(error); // a mistake of the page's own
    return [error.message];
  }
  if (error.status === 0) return [word("no_answer")];
  if (error.status === 401) return [word("signed_out_meanwhile"), make("button", { type: "button", onclick: signIn }, word("sign_in"))];
  return error.refusals.map(inWords);
}

/** Return a table; each row is a list of texts and elements in the order of `columns`. */
export function table(caption, columns, rows) {
  const head = make("thead", {}, make("tr", {}, ...columns.map((each) => make("th", { scope: "col" }, each))));
  const cell = (value, index) =>
    value instanceof HTMLTableCellElement ? value : make("td", { "data-name": columns[index] }, value ?? "");
  const body = make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell))));
  return make("div", { class: "wide" }, make("table", {}, make("caption", {}, caption), head, body));
}

/** Call `scanned` with what is typed into the form's field and Enter, one after the other, in the order of the scans. */
export function onScan(form, scanned) {
  const field = form.querySelector("input");
  let before = Promise.resolve();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    field.value = "";
    field.focus();
    if (text !== "") before = before.then(() => scanned(text)).catch(reportError); // what fails must not keep the next scan from being done
  });
}
