// Lend and renew: a card, then copies.

import { borrower, checkOut, member as memberById, memberByCard, openLoans, Refused, renew, zoneOf } from "./library.js";
import { answer, find, make, onScan, refusal, table } from "./page.js";
import * as withoutCard from "./without_card.js";
import { day, dueDate, inWords, money, word } from "./words.js";

const answers = find("lend-answers");
let member = null; // whose card was scanned, or who was chosen
let turn = 0; // grows with each who comes to the desk
let branch = () => "";

/** Make the view ready; `chosenBranch` tells the branch of the desk. */
export function prepare(chosenBranch) {
  branch = chosenBranch;
  onScan(find("card-form"), lookUp);
  onScan(find("copy-form"), (barcode) => lend(barcode));
  withoutCard.prepare(begin, open);
  find("next-member").addEventListener("click", nextMember);
  find("lend").addEventListener("keydown", (event) => {
    if (event.key === "Escape") nextMember();
  });
}

/** Put the caret where the next scan belongs. */
export function show() {
  (member === null ? find("card") : find("copy")).focus();
}

/** Say everything again, in the language that is spoken now. */
export async function sayAgain() {
  answers.replaceChildren();
  withoutCard.sayAgain();
  if (member !== null) await showMember();
}

/** Forget who is at the desk, and wait for the next card. */
export function nextMember() {
  begin();
  show();
}

/** Forget who is at the desk. Returns what says later whether nobody else has come: a slow answer must not take their place. */
function begin() {
  turn += 1;
  const own = turn;
  member = null;
  find("borrower").hidden = true;
  find("copy-form").hidden = true;
  find("without-card").hidden = false;
  find("borrowed").replaceChildren();
  answers.replaceChildren();
  withoutCard.forget();
  return () => own === turn;
}

async function lookUp(card) {
  const still = begin();
  show();
  let found;
  try {
    found = await memberByCard(card);
  } catch (error) {
    if (still()) refusal(answers, word("not_done"), card, error);
    return;
  }
  if (!still()) return;
  if (found === null) answer(answers, "bad", word("nobody", { card }));
  else await open(found);
}

/** Begin with a member. */
async function open(found) {
  begin();
  member = found;
  find("copy-form").hidden = false;
  find("without-card").hidden = true; // copies come now, and a small screen has no room for both
  find("copy").focus();
  await showMember();
}

async function showMember() {
  const at = member;
  let told, loans, standIns;
  try {
    [told, loans, standIns] = await Promise.all([borrower(at.member_id), openLoans(at.member_id), standInsOf(at)]);
  } catch (error) {
    refusal(answers, word("not_done"), at.name, error);
    return;
  }
  if (member !== at) return;
  const lines = [
    word(at.expires_on ? "member_until" : "no_end", { category: at.category, day: at.expires_on && day(at.expires_on) }),
    [word("open_loans", { count: told.open_loans, limit: told.limits.loans }), told.overdue > 0 && word("overdue", { count: told.overdue }),
      told.holds > 0 && word("holds", { count: told.holds }), told.owed.amount > 0 && word("owed", { amount: money(told.owed) })].filter(Boolean).join(" · "),
    ...told.refusals.map((each) => word("may_not", { why: inWords(each) })),
    ...standIns,
    ...(at.notes ?? []).filter((note) => note.show_at_desk).map((note) => note.text),
  ];
  const shown = find("borrower");
  shown.replaceChildren(make("div", { class: "person" }, make("p", { class: "headline" }, `${at.name} (${at.card_number})`),
    ...lines.map((line) => make("p", {}, line))));
  shown.hidden = false;
  showLoans(loans);
}

/** Say who may fetch or pay for the member, a line each. */
async function standInsOf(at) {
  const acting = at.guardians.map(({ member_id, may }) => ({ member_id, acts: may.filter((act) => act !== "see") }))
    .filter(({ acts }) => acts.length > 0);
  // Asked once for each member at the desk, not for each scan: every look at somebody is put on record.
  at.standIns ??= await Promise.all(acting.map(({ member_id }) => memberById(member_id)));
  return at.standIns.map(({ name, card_number: card }, index) =>
    `${name} (${card}): ${acting[index].acts.map((act) => word(`may_${act}`)).join(", ")}`);
}

/** Draw what is on loan anew; who stood at a loan's button by keyboard stands there still. */
function showLoans(loans) {
  const shown = find("borrowed");
  const at = shown.contains(document.activeElement) ? document.activeElement.dataset.loan : undefined;
  shown.replaceChildren(...(loans.length === 0 ? [] : [listOf(loans)]));
  if (at !== undefined) (shown.querySelector(`[data-loan="${at}"]`) ?? find("copy")).focus();
}

function listOf(loans) {
  const columns = [word("item"), word("barcode"), word("due"), word("renewals"), word("act")];
  const rows = loans.map((loan) => [
    loan.title,
    loan.barcode,
    make("td", { class: loan.overdue ? "late" : undefined, "data-name": word("due") }, dueDate(loan.due_at, zoneOf(loan.branch)) + (loan.overdue ? ` (${word("late")})` : "")),
    String(loan.renewals_left),
    make("button", { type: "button", "data-loan": loan.loan_id, "aria-label": `${word("renew")}: ${loan.title}`, onclick: () => renewed(loan) }, word("renew")),
  ]);
  return table(word("on_loan_to"), columns, rows);
}

async function lend(barcode, override) {
  const at = member;
  try {
    const loan = await checkOut(barcode, at.card_number, branch(), override);
    const against = loan.overridden?.length ? word("overridden", { codes: loan.overridden.join(", ") }) : "";
    answer(answers, "good", word("lent", { due: dueDate(loan.due_at, zoneOf(loan.branch)) }), `${loan.title} (${loan.barcode})`, against);
  } catch (error) {
    const shown = refusal(answers, word("not_lent"), barcode, error);
    if (override === undefined && error instanceof Refused && mayBeOverridden(error)) shown.append(overrideForm(barcode, error));
  }
  if (member === at) await showMember();
}

const NEVER = new Set(["copy-on-loan", "copy-not-found", "member-not-found", "card-replaced", "member-leaving", "neighbour-unavailable", "unknown-branch", ""]);

function mayBeOverridden(error) {
  return error.status === 409 || error.status === 422
    ? error.refusals.every((each) => !NEVER.has(each.code) && each.captured !== true && each.pointer === undefined)
    : false;
}

function overrideForm(barcode, error) {
  const reason = make("input", { required: true, maxlength: "500", "aria-label": word("why"), placeholder: word("why") });
  const form = make("form", { onsubmit: (event) => {
    event.preventDefault();
    form.remove();
    find("copy").focus();
    lend(barcode, { codes: error.refusals.map((each) => each.code), comment: reason.value.trim() });
  } }, reason, make("button", {}, word("override")));
  return form;
}

async function renewed(loan) {
  try {
    const now = await renew(loan.loan_id);
    answer(answers, "good", word("renewed", { due: dueDate(now.due_at, zoneOf(now.branch)) }), `${now.title} (${now.barcode})`);
  } catch (error) {
    refusal(answers, word("not_renewed"), `${loan.title} (${loan.barcode})`, error);
  }
  find("copy").focus();
  await showMember();
}
