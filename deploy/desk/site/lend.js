// Lend and renew: a card, then copies.

import * as gone from "./gone.js";
import { bookOf, memberByCard, zoneOf } from "./library.js";
import { clear, draw, drawAgain, move, nameOf, shownOf } from "./lines.js";
import { opened } from "./opened.js";
import { confirmation, mayBeOverridden, reasonForm } from "./overrides.js";
import { find, make, moveCaret, onScan, refusal } from "./page.js";
import * as panel from "./panel.js";
import { may } from "./rights.js";
import { inTrouble, underWay } from "./scans.js";
import * as verdict from "./verdict.js";
import * as withoutCard from "./without_card.js";
import { dueDate, notes, word } from "./words.js";

const answers = find("lend-answers");
let scans = null;
let branch = () => "";
let shown = null; // the turn whose lines are among the answers
let reader = null; // what is beside them of whoever is at the desk; it is loaded with the first card
let refreshed = 0; // grows with each wish to show it anew

/** Make the view ready; `chosenBranch` tells the branch of the desk. */
export function prepare(chosenBranch, allScans) {
  branch = chosenBranch;
  scans = allScans;
  shown = scans.turn;
  onScan(find("copy-form"), (barcode) => scans.scan("lend", { barcode, branch: branch() }));
  withoutCard.prepare(scans);
  find("next-member").addEventListener("click", nextMember);
}

const isServing = () => scans.turn.state === "looking" || scans.turn.state === "open";

/** Return where the next scan belongs. */
export const field = () => find(isServing() ? "copy" : "card");

/** Put the caret there. */
export const show = () => moveCaret(field());

/** Say everything again, in the language that is spoken now. */
export function sayAgain() {
  withoutCard.sayAgain();
  drawAgain(scans.turn, answers, SAYS, scans);
  for (const turn of scans.gone) drawAgain(turn, gone.placeOf(turn), SAYS, scans);
  showTurn(scans.turn);
}

const readerSide = () => opened(() => import("./reader.js"));

/** Show anew what is known of the member whose turn it is. */
export async function refresh(turn = scans.turn) {
  refreshed += 1;
  const own = refreshed;
  try {
    if (reader === null) {
      const loaded = await readerSide();
      loaded.prepare(branch, scans);
      reader = loaded;
    }
  } catch (error) {
    if (turn === scans.turn && own === refreshed) refusal(answers, word("not_shown"), nameOf(turn), error);
    return;
  }
  await reader.refresh(turn);
}

/** Forget who is at the desk, and wait for the next card. */
export function nextMember() {
  verdict.clear();
  for (const id of ["card", "copy"]) find(id).value = "";
  scans.nobody();
  field().focus();
}

/** Show what has changed: of a scan, or without one of a turn. */
export function changed(turn, scan) {
  if (turn.left && !scans.gone.includes(turn)) {
    move(turn, null);
  } else if (scan !== undefined) {
    drawScan(scan);
    if (scan.state === "waiting") foldForms(scan);
    if (scan.state === "refused") nameIt(scan);
    if (scan.kind === "undo" && scan.state === "done") drawScan(scan.what.of);
    if (turn === scans.turn) count(turn);
    if (turn === scans.turn && turn.state === "open" && underWay(turn) === 0) refresh(turn);
  } else if (turn.left) {
    move(turn, gone.placeOf(turn));
  } else {
    showTurn(turn);
    if (turn.state === "looking" && reader === null) readerSide().catch(() => {}); // it is there when the member is
    if (turn.state === "open") refresh(turn);
    if (turn.state === "nobody") withoutCard.nobodyHas(turn);
  }
}

/** Draw a scan where its turn is shown; what is learnt of one that is shown no more is told to nobody else. */
function drawScan(scan) {
  const { turn } = scan;
  if (!turn.left) draw(scan, answers, SAYS[scan.kind], scans);
  else if (scans.gone.includes(turn)) draw(scan, gone.placeOf(turn), SAYS[scan.kind], scans);
}

/** Say of a refused copy which title it is, and of what is no copy, what it is: a card or an ISBN. */
async function nameIt(scan) {
  if (scan.kind !== "lend") return;
  try {
    const found = await bookOf(scan.what.barcode);
    if (found !== null) Object.assign(scan, { title: found.book.title, book_id: found.book.book_id, isTitle: found.copy === null });
    else scan.owner = await memberByCard(scan.what.barcode);
  } catch {
    return; // the verdict stands without a title
  }
  if (scan.turn.scans.includes(scan)) drawScan(scan);
}

/** Whether the form of a refusal is folded to a button: another scan came, and nobody is filling it in. */
const isFolded = (scan) => scan.turn.scans.at(-1) !== scan && !scan.form.contains(document.activeElement) && scan.form.querySelector("input").value === "";

function foldForms({ turn }) {
  for (const each of turn.scans) if (each.form?.isConnected && isFolded(each)) drawScan(each);
}

function unfoldButton(scan) {
  const button = make("button", { type: "button", "aria-label": `${word("override")}: ${scan.title ?? scan.what.barcode}`, onclick: () => {
    button.replaceWith(scan.form);
    scan.form.querySelector("input").focus();
  } }, word("override"));
  return button;
}

/** Say how the session stands. */
function count(turn) {
  const lentOnes = turn.scans.filter(({ kind, state, undone }) => kind === "lend" && state === "done" && !undone);
  find("session-told").textContent = word("session", { lent: (turn.lentBefore ?? 0) + lentOnes.length, refused: inTrouble(turn), open: underWay(turn) });
  find("session-told").hidden = turn.scans.length < 3;
}

function showTurn(turn) {
  const serves = isServing();
  panel.serve(turn.member);
  if (turn !== shown) {
    shown = turn;
    clear(answers);
    withoutCard.forget();
    reader?.clear();
    find("session-told").hidden = true;
  }
  if (!serves && find("copy").value !== "") { // somebody scans just now: the rest goes to where the caret will be
    find("card").value = find("copy").value;
    find("copy").value = "";
    find("card").focus();
  }
  find("lend").classList.toggle("serving", serves);
  find("reader").textContent = turn.state === "empty" ? "" : nameOf(turn);
  find("reader").hidden = turn.state === "empty";
  find("copy-form").hidden = !serves;
  for (const id of ["card-form", "without-card"]) find(id).hidden = serves; // copies come now, and a small screen has no room for both
  show();
}

const titled = ({ title, barcode }) => `${title} (${barcode})`;

const SAYS = {
  card: {
    working: "looking_up",
    failed: "not_done",
    title: ({ what }) => what.barcode,
    done: () => null,
  },
  lend: {
    working: "lending",
    failed: "not_lent",
    title: ({ what }) => what.barcode,
    done: lent,
    after: leadsOn,
  },
  undo: {
    working: "undoing",
    failed: "not_done",
    title: ({ what }) => what.barcode,
    done: () => null,
  },
  renew: {
    working: "renewing",
    failed: "not_renewed",
    title: ({ what }) => titled(what),
    after: ({ turn, what, error }) => (isUnseen(error) ? [renewHere(turn, what)] : []),
    done: ({ answer: loan }) => ["good", word("renewed", { due: dueDate(loan.due_at, zoneOf(loan.branch)) }), titled(loan)],
  },
};

const isUnseen = (error) => error?.refusals?.some(({ code }) => code === "unseen-renewal-limit-reached") ?? false;

/** Return a button that renews a loan whose copy is at the desk. */
const renewHere = (turn, loan) => make("button", { type: "button", "aria-label": `${word("renew_here")}: ${loan.title}`, onclick: () => {
  field().focus();
  scans.scan("renew", { ...loan, at: branch(), seen: true }, turn);
} }, word("renew_here"));

const isOut = ({ error }) => error?.refusals?.some(({ code }) => code === "copy-on-loan") ?? false;

/** Return a button that lends a copy of another reader's, which lies before staff: it is returned and lent in one go. */
const returnFirst = ({ turn, what, title }) => make("button", { type: "button", "aria-label": `${word("return_first")}: ${title ?? what.barcode}`, onclick: () => {
  field().focus();
  scans.scan("lend", { ...what, return_first: true }, turn);
} }, word("return_first"));

function lent(scan) {
  const { turn, answer: loan, what } = scan;
  scan.undone ||= turn.scans.some(({ kind, state, what: { of } }) => kind === "undo" && state === "done" && of === scan);
  if (scan.undone) return ["note", word("undone"), titled(loan)];
  const undo = make("button", { type: "button", class: "undo", "aria-label": `${word("undo")}: ${loan.title}`, onclick: () => {
    field().focus();
    scans.scan("undo", { barcode: what.barcode, branch: what.branch, of: scan }, turn);
  } }, word("undo"));
  return [loan.notes?.length || loan.ended_loan_id ? "note" : "good", word("lent", { due: dueDate(loan.due_at, zoneOf(loan.branch)) }), titled(loan),
    loan.ended_loan_id ? word("ended_another") : "", loan.overridden?.length ? word("overridden", { codes: loan.overridden.join(", ") }) : "", ...notes(loan.notes, shownOf(turn.member)),
    turn.left ? "" : undo];
}

/** Return what leads on from a refused copy: to its title, to whose card it is, or past the rules for a reason. */
function leadsOn(scan) {
  const { turn, what, owner, title, book_id: book, isTitle } = scan;
  if (owner) return [word("is_a_card", { name: owner.name }), make("button", { type: "button", onclick: () => scans.member(owner) }, word("serve", { name: owner.name }))];
  const toTitle = book === undefined ? [] : [make("button", { type: "button", "aria-label": `${word("open_title")}: ${title}`, onclick: () => panel.open("title", { book_id: book }) }, word("open_title"))];
  const own = reader?.loanOf(turn, what.barcode);
  if (own && may("renew", own.branch)) return [word("has_it_already"), renewHere(turn, own), ...toTitle];
  const confirm = confirmation(scan.error, () => {
    field().focus();
    scans.scan("lend", { ...what, notes_confirmed: true }, turn);
  });
  if (confirm.length > 0) return [...confirm, ...toTitle];
  if (isTitle) return [word("is_a_title", { title }), ...toTitle];
  if (isOut(scan) && !what.return_first && may("take_back", what.branch)) return [returnFirst(scan), ...toTitle];
  if (what.override !== undefined || scan.state !== "refused" || !mayBeOverridden(scan.error)) return toTitle;
  scan.form ??= reasonForm(scan.error, word("override"), (override) => { // one form: what is typed there outlives a new drawing
    scan.form.remove();
    field().focus();
    scans.scan("lend", { ...what, override }, turn);
  });
  return [isFolded(scan) ? unfoldButton(scan) : scan.form, ...toTitle];
}
