// Find a member who has no card at hand, by name, telephone or e-mail address, and choose among the matches.

import { copyByBarcode, memberByCard, membersKnownAs } from "./library.js";
import { answer, find, make, refusal, table } from "./page.js";
import { birthday, word } from "./words.js";

const CODE = /^(?=\S*\d)[^\s@+(][^\s@]{0,59}$/; // one word with a digit: perhaps a scanner read it
const TELEPHONE = /^(?![1-9]\d{12})[\d./-]+$/; // thirteen digits and more, as of an ISBN, are dialled behind 0 or + only

const field = find("wanted");
const answers = find("lend-answers");
let begin = () => () => true;
let open = () => {};
let search = null; // what is asked for and what was found, as long as it counts

/** Make it ready: `begun` forgets who is at the desk and returns what says whether that still holds, `opened` takes a member. */
export function prepare(begun, opened) {
  begin = begun;
  open = opened;
  find("find-form").addEventListener("submit", (event) => {
    event.preventDefault();
    asked(field.value.trim());
  });
  find("without-card").addEventListener("keydown", step);
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

async function asked(text) {
  if (text === "") return;
  const still = begin();
  field.value = text;
  field.focus();
  field.select(); // what is typed or scanned next takes its place
  search = { words: text, still, found: null, next: null };
  render();
  try {
    if (!CODE.test(text) || await mayBeTelephone(text, still)) await more();
  } catch (error) {
    if (!still()) return;
    forget();
    refusal(answers, word("not_done"), text, error);
  }
}

/** Do with a number what is to be done if it is a card's or a copy's. Returns whether it is left to look for. */
async function mayBeTelephone(code, still) {
  const member = await memberByCard(code);
  if (!still()) return false;
  if (member !== null) {
    await open(member);
    return false;
  }
  const copy = await copyByBarcode(code); // its last digits may be those of somebody's telephone
  if (!still()) return false;
  if (copy === null && TELEPHONE.test(code)) return true;
  forget();
  answer(answers, "bad", copy === null ? word("nobody", { card: code }) : word("copy_first", { code }));
  return false;
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
  const said = [member.name, born && `${word("born")} ${born}`, member.category, `${word("card")} ${member.card_number}`,
    ends && `${word("phone_end")} ${ends}`].filter(Boolean).join(", ");
  const choose = make("button", { type: "button", "aria-label": said, onclick: () => open(member) }, member.name);
  return [choose, born, member.category, member.card_number, ends];
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
