// The field that takes whatever says who is there: a card, or of a member who has none at hand the name, the telephone or the
// e-mail address; then one chooses among the matches.

import { categoryName, membersKnownAs } from "./library.js";
import { find, make, refusal, table } from "./page.js";
import { birthday, word } from "./words.js";

const CODE = /^(?=\S*\d)[^\s@+(][^\s@]{0,59}$/; // one word with a digit: perhaps a scanner read it
const TELEPHONE = /^(?![1-9]\d{12})[\d./-]+$/; // thirteen digits and more, as of an ISBN, are dialled behind 0 or + only

const field = find("card");
const answers = find("lend-answers");
let scans = null;
let search = null; // what is asked for and what was found, as long as it counts
let perhaps = null; // the scan of a number that was typed here: perhaps it is a telephone

/** Make it ready. */
export function prepare(allScans) {
  scans = allScans;
  find("card-form").addEventListener("submit", (event) => {
    event.preventDefault();
    asked(field.value.trim());
  });
  for (const id of ["card-form", "without-card"]) find(id).addEventListener("keydown", step);
}

/** Forget who was looked for. */
export function forget() {
  search = null;
  field.value = "";
  say("");
  find("matches").replaceChildren();
}

/** Show the matches again, in the language that is spoken now. */
export function sayAgain() {
  if (search !== null) render();
}

const say = (text) => { find("matches-told").textContent = text; };
const buttons = () => [...find("matches").querySelectorAll("button")];

function asked(text) {
  if (text === "") return;
  if (!CODE.test(text)) {
    lookFor(text);
    return;
  }
  field.value = "";
  perhaps = scans.card(text); // copies may follow at once
}

/** Look for a number, which is no card, as for a telephone, if it was typed where names are. */
export function nobodyHas(turn) {
  const last = turn.scans.at(-1);
  if (last === perhaps && !last.answer.isCopy && TELEPHONE.test(last.what.barcode)) lookFor(last.what.barcode);
}

async function lookFor(text) {
  const turn = scans.nobody();
  const still = () => turn === scans.turn;
  field.value = text;
  field.focus();
  field.select(); // what is typed or scanned next takes its place
  search = { words: text, still, found: null, next: null };
  render();
  try {
    await more();
  } catch (error) {
    if (!still()) return;
    forget();
    refusal(answers, word("not_done"), text, error);
  }
}

/** Show the next matches. */
async function more() {
  const at = search;
  const page = await membersKnownAs(at.words, at.next);
  if (!at.still()) return;
  at.found = [...at.found ?? [], ...page.items];
  at.next = page.next_cursor;
  render();
}

async function moreOnRequest(event) {
  const at = search;
  const shown = at.found.length;
  event.currentTarget.disabled = true; // or its matches come twice
  try {
    await more();
  } catch (error) {
    if (at.still()) refusal(answers, word("not_done"), at.words, error);
  }
  if (!at.still()) return;
  render();
  buttons()[shown].focus(); // the first new match, or the button for more where none came
}

function render() {
  const { words, found, next } = search;
  if (found === null) {
    say(word("looking", { words }));
    return;
  }
  const count = found.length;
  say(word(count === 0 ? "matches_none" : next ? "matches_more" : "matches_some", { count, words }));
  if (count === 0) return;
  const columns = [word("member_name"), word("born"), word("category"), word("card"), word("phone_end")];
  find("matches").replaceChildren(table(words, columns, found.map(row)),
    ...(next ? [make("button", { type: "button", onclick: moreOnRequest }, word("more"))] : []));
}

/** Return what tells two people of one name apart, and no more: neither an address nor a whole telephone number. */
function row(member) {
  const born = member.date_of_birth ? birthday(member.date_of_birth) : "";
  const ends = [member.phone, member.mobile].filter(Boolean).map((phone) => phone.replace(/\D/g, "").slice(-3)).join(", ");
  const said = [member.name, born && `${word("born")} ${born}`, categoryName(member.category), `${word("card")} ${member.card_number}`,
    ends && `${word("phone_end")} ${ends}`].filter(Boolean).join(", ");
  const choose = make("button", { type: "button", "aria-label": said, onclick: () => scans.member(member) }, member.name);
  return [choose, born, categoryName(member.category), member.card_number, ends];
}

/** Go from the field to the matches and back by arrows. A scan that begins at a match goes into the field and chooses nobody. */
function step(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const stops = [field, ...buttons()];
    const to = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
  } else if (event.key.length === 1 && event.key !== " " && find("matches").contains(document.activeElement)) {
    field.focus();
    field.select();
  }
}
