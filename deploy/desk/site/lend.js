// Lend and renew: a card, then copies.

import * as gone from "./gone.js";
import { borrower, member as memberById, openLoans, Refused, zoneOf } from "./library.js";
import { draw, drawAgain, move, nameOf } from "./lines.js";
import { find, make, moveCaret, onScan, refusal, table } from "./page.js";
import { underWay } from "./scans.js";
import * as withoutCard from "./without_card.js";
import { day, dueDate, money, notes, word } from "./words.js";

const answers = find("lend-answers");
let scans = null;
let branch = () => "";
let shown = null; // the turn whose lines are among the answers
let asked = 0; // grows with each question for what the member has

/** Make the view ready; `chosenBranch` tells the branch of the desk. */
export function prepare(chosenBranch, allScans) {
  branch = chosenBranch;
  scans = allScans;
  shown = scans.turn;
  onScan(find("card-form"), (card) => scans.card(card));
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

/** Forget who is at the desk, and wait for the next card. */
export function nextMember() {
  for (const id of ["card", "copy"]) find(id).value = "";
  scans.nobody();
  field().focus();
}

/** Show what has changed: of a scan, or without one of a turn. */
export function changed(turn, scan) {
  if (turn.left && !scans.gone.includes(turn)) {
    move(turn, null);
  } else if (scan !== undefined) {
    draw(scan, turn.left ? gone.placeOf(turn) : answers, SAYS[scan.kind], scans);
    if (turn === scans.turn && turn.state === "open" && underWay(turn) === 0) refresh(turn);
  } else if (turn.left) {
    move(turn, gone.placeOf(turn));
  } else {
    showTurn(turn);
    if (turn.state === "open") refresh(turn);
    if (turn.state === "nobody") withoutCard.nobodyHas(turn);
  }
}

function showTurn(turn) {
  const serves = isServing();
  if (turn !== shown) {
    shown = turn;
    answers.replaceChildren();
    withoutCard.forget();
    find("borrowed").replaceChildren();
    find("borrower").hidden = true;
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
  find("without-card").hidden = serves; // copies come now, and a small screen has no room for both
  show();
}

/** Show anew what is known of the member and what is on loan. */
async function refresh(turn) {
  const at = turn.member;
  asked += 1;
  const own = asked;
  let told, loans, standIns;
  try {
    [told, loans, standIns] = await Promise.all([borrower(at.member_id), openLoans(at.member_id), standInsOf(at)]);
  } catch (error) {
    if (turn === scans.turn && own === asked) refusal(answers, word("not_shown"), nameOf(turn), error);
    return;
  }
  if (turn !== scans.turn || own !== asked) return;
  const lines = [
    word(at.expires_on ? "member_until" : "no_end", { category: at.category, day: at.expires_on && day(at.expires_on) }),
    [word("open_loans", { count: told.open_loans, limit: told.limits.loans }), told.overdue > 0 && word("overdue", { count: told.overdue }),
      told.holds > 0 && word("holds", { count: told.holds }), told.owed.amount > 0 && word("owed", { amount: money(told.owed) })].filter(Boolean).join(" · "),
    ...told.refusals.map((each) => word("may_not", { why: each.detail })),
    ...standIns,
    ...shownOf(at),
  ];
  find("borrower").replaceChildren(make("div", { class: "person" }, ...lines.map((line) => make("p", {}, line))));
  find("borrower").hidden = false;
  showLoans(loans);
}

/** Return the notes of a member that are among what is known of the member at the desk. */
const shownOf = (member) => (member?.notes ?? []).filter((note) => note.show_at_desk).map((note) => note.text);

/** Say who may fetch or pay for the member, a line each. */
async function standInsOf(at) {
  const acting = at.guardians.map(({ member_id, may }) => ({ member_id, acts: may.filter((act) => act !== "see") }))
    .filter(({ acts }) => acts.length > 0);
  // Asked once for each member at the desk, not for each scan: every look at somebody is put on record.
  at.standIns ??= Promise.all(acting.map(({ member_id }) => memberById(member_id)));
  try {
    return (await at.standIns).map(({ name, card_number: card }, index) =>
      `${name} (${card}): ${acting[index].acts.map((act) => word(`may_${act}`)).join(", ")}`);
  } catch (error) {
    at.standIns = undefined;
    throw error;
  }
}

/** Draw what is on loan anew; who stood at a loan's button by keyboard stands there still. */
function showLoans(loans) {
  const place = find("borrowed");
  const at = place.contains(document.activeElement) ? document.activeElement.dataset.loan : undefined;
  place.replaceChildren(...(loans.length === 0 ? [] : [listOf(loans)]));
  if (at !== undefined) (place.querySelector(`[data-loan="${at}"]`) ?? find("copy")).focus();
}

function listOf(loans) {
  const columns = [word("item"), word("barcode"), word("due"), word("renewals"), word("act")];
  const rows = loans.map((loan) => [
    loan.title,
    loan.barcode,
    make("td", { class: loan.overdue ? "late" : undefined, "data-name": word("due") }, dueDate(loan.due_at, zoneOf(loan.branch)) + (loan.overdue ? ` (${word("late")})` : "")),
    String(loan.renewals_left),
    make("button", { type: "button", "data-loan": loan.loan_id, "aria-label": `${word("renew")}: ${loan.title}`, onclick: () => renew(loan) }, word("renew")),
  ]);
  return table(word("on_loan_to"), columns, rows);
}

function renew(loan) {
  scans.scan("renew", { ...loan, at: branch() });
  find("copy").focus();
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
    done: ({ turn, answer: loan }) => [loan.notes?.length ? "note" : "good", word("lent", { due: dueDate(loan.due_at, zoneOf(loan.branch)) }), titled(loan),
      loan.overridden?.length ? word("overridden", { codes: loan.overridden.join(", ") }) : "", ...notes(loan.notes, shownOf(turn.member))],
    after: (scan) => (scan.what.override === undefined && mayBeOverridden(scan) ? [overrideForm(scan)] : []),
  },
  renew: {
    working: "renewing",
    failed: "not_renewed",
    title: ({ what }) => titled(what),
    done: ({ answer: loan }) => ["good", word("renewed", { due: dueDate(loan.due_at, zoneOf(loan.branch)) }), titled(loan)],
  },
};

const NEVER = new Set(["copy-on-loan", "copy-not-found", "member-not-found", "card-replaced", "card-stopped", "member-leaving", "neighbour-unavailable", "unknown-branch", ""]);

function mayBeOverridden({ state, error }) {
  return state === "refused" && error instanceof Refused && (error.status === 409 || error.status === 422)
    ? error.refusals.every((each) => !NEVER.has(each.code) && each.captured !== true && each.pointer === undefined)
    : false;
}

function overrideForm({ turn, what, error }) {
  const reason = make("input", { required: true, maxlength: "500", "aria-label": word("why"), placeholder: word("why") });
  const form = make("form", { onsubmit: (event) => {
    event.preventDefault();
    form.remove();
    field().focus();
    const override = { codes: error.refusals.map((each) => each.code), comment: reason.value.trim() };
    scans.scan("lend", { ...what, override }, turn);
  } }, reason, make("button", {}, word("override")));
  return form;
}
