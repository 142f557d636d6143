// Who is at the desk: what they have, owe and wait for, as chips that lead to what is done about it.

import { act } from "./acts.js";
import { borrower, categoryName, change, member as memberById, openLoans, picture, read, zoneOf } from "./library.js";
import { nameOf, shownOf } from "./lines.js";
import { find, make, redraw, refusal, table } from "./page.js";
import * as panel from "./panel.js";
import { isFor, may } from "./rights.js";
import { day, dueDate, money, word } from "./words.js";

const SOON = 30; // days before the end of a membership in which it is told
let scans = null;
let branch = () => "";
let had = { turn: null, loans: [] }; // what was on loan when it was asked for last
let asked = 0; // grows with each question for what the member has

/** Make it ready; `chosenBranch` tells the branch of the desk. */
export function prepare(chosenBranch, allScans) {
  branch = chosenBranch;
  scans = allScans;
}

/** Forget who was shown. */
export function clear() {
  find("borrowed").replaceChildren();
  find("photo")?.remove();
  for (const id of ["borrower", "chips"]) find(id).hidden = true;
}

/** Show anew what is known of the member whose turn it is. */
export async function refresh(turn = scans.turn) {
  const at = turn.member;
  if (at === null) return;
  asked += 1;
  const own = asked;
  showPhoto(turn);
  let told, loans, standIns, ready, messages;
  try {
    [told, loans, standIns] = await Promise.all([borrower(at.member_id), openLoans(at.member_id), standInsOf(at)]);
    [ready, messages] = await Promise.all([told.holds > 0 ? readyFor(at) : [], messagesOf(at)]);
  } catch (error) {
    if (turn === scans.turn && own === asked) refusal(find("lend-answers"), word("not_shown"), nameOf(turn), error);
    return;
  }
  if (turn !== scans.turn || own !== asked) return;
  had = { turn, loans };
  const lines = [
    word(at.expires_on ? "member_until" : "no_end", { category: categoryName(at.category), day: at.expires_on && day(at.expires_on) }),
    word("open_loans", { count: told.open_loans, limit: told.limits.loans }),
    ...told.refusals.map((each) => word("may_not", { why: each.detail })),
    ...standIns,
    ...shownOf(at),
  ];
  find("borrower").replaceChildren(make("div", { class: "person" }, ...lines.map((line) => make("p", {}, line))));
  find("borrower").hidden = false;
  redraw(find("chips"), ...chips(turn, told, ready, messages).map((each) => make("li", {}, each)));
  find("chips").hidden = false;
  showLoans(loans, at);
}

/** Return the loan of a copy that the member of a turn has already; undefined where it is not known to be one. */
export const loanOf = (turn, barcode) => (had.turn === turn ? had.loans.find((loan) => loan.barcode === barcode.toUpperCase()) : undefined);

/** Show the photograph of a member, where there is one and the desk is not discreet. */
async function showPhoto(turn) {
  const at = turn.member;
  if (!may("see_members") || document.body.classList.contains("discreet")) return;
  at.photo ??= picture("members", `members/${at.member_id}/photo`); // asked for once: every look at somebody is put on record
  const found = await at.photo.catch(() => {
    at.photo = undefined; // it says nothing that the desk has to know at once: the next look asks again
    return null;
  });
  if (found === null || turn !== scans.turn || find("photo") !== null) return;
  const address = URL.createObjectURL(found);
  find("reader").before(make("img", { id: "photo", src: address, alt: word("photo_of", { name: at.name }), onload: () => URL.revokeObjectURL(address) }));
}

const readyFor = async (at) => (await read("loans", "holds", { member_id: at.member_id, status: "ready", limit: 100 })).items;

/** Return the messages to the desk that are not done. They are asked for once, as each look at somebody is put on record. */
async function messagesOf(at) {
  if (!may("see_members")) return [];
  at.messages ??= (await read("members", `members/${at.member_id}/desk-messages`, { done: "false", limit: 20 })).items;
  return at.messages;
}

function chips(turn, told, ready, messages) {
  const at = turn.member;
  const days = at.expires_on ? (new Date(at.expires_on) - Date.now()) / 86_400_000 : Infinity;
  const opens = (name, text, kind, accesskey) => make("button", { type: "button", class: kind, accesskey, onclick: () => panel.open(name, at) }, text);
  return [
    ready.length > 0 && opens("holds", word("chip_ready", { count: ready.length }), "good"),
    told.owed.amount > 0 && opens("money", word("chip_owed", { amount: money(told.owed) }), "bad", "m"),
    told.overdue > 0 && make("button", { type: "button", class: "bad", onclick: () => find("borrowed").querySelector("button")?.focus() }, word("chip_late", { count: told.overdue })),
    days < SOON && make("span", { class: days < 0 ? "bad" : "note" }, word(days < 0 ? "chip_ended" : "chip_ends", { day: day(at.expires_on) })),
    days < SOON && isFor("change_members", () => act("renew_membership", {
      perform: (_, key) => change("members", `members/${at.member_id}/renew`, {}, { key }),
      done: (renewed) => { Object.assign(at, renewed); return [day(renewed.expires_on)]; },
      after: () => refresh(turn),
    })),
    ...messages.map((each) => messageChip(turn, each)),
    opens("holds", word("holds", { count: told.holds }), undefined, "h"),
    told.owed.amount > 0 ? null : opens("money", word("money"), undefined, "m"),
    opens("member", word("about_reader"), undefined, "r"),
  ].filter(Boolean);
}

function messageChip(turn, message) {
  return make("span", { class: "note" }, `${message.text} `, isFor("change_members", () => act("message_done", {
    what: message.text,
    perform: (_, key) => change("members", `members/${turn.member.member_id}/desk-messages/${message.message_id}/done`, undefined, { key }),
    after: () => { turn.member.messages = undefined; return refresh(turn); },
  })));
}

/** Say who may fetch or pay for the member, a line each. */
async function standInsOf(at) {
  const acting = at.guardians.map(({ member_id, may: acts }) => ({ member_id, acts: acts.filter((each) => each !== "see") }))
    .filter(({ acts }) => acts.length > 0);
  // Asked once for each member at the desk, not for each scan: every look at somebody is put on record.
  at.standIns ??= Promise.all(acting.map(({ member_id }) => memberById(member_id)));
  try {
    return (await at.standIns).map(({ name, card_number: card }, index) =>
      `${name} (${card}): ${acting[index].acts.map((each) => word(`may_${each}`)).join(", ")}`);
  } catch (error) {
    at.standIns = undefined;
    throw error;
  }
}

/** Draw what is on loan anew. */
function showLoans(loans, at) {
  if (redraw(find("borrowed"), ...(loans.length === 0 ? [] : [listOf(loans), renewAll(at)]))) find("copy").focus();
}

function listOf(loans) {
  const columns = [word("item"), word("barcode"), word("due"), word("renewals"), word("act")];
  const rows = loans.map((loan) => [
    make("td", { class: "private", "data-name": word("item") }, loan.title),
    loan.barcode,
    make("td", { class: loan.overdue ? "late" : undefined, "data-name": word("due") }, dueDate(loan.due_at, zoneOf(loan.branch)) + (loan.overdue ? ` (${word("late")})` : "")),
    String(loan.renewals_left),
    make("span", { class: "row" },
      isFor("renew", () => make("button", { type: "button", "data-loan": loan.loan_id, "aria-label": `${word("renew")}: ${loan.title}`, onclick: () => renew(loan) }, word("renew")), loan.branch),
      make("button", { type: "button", "data-loan": loan.loan_id, "aria-label": `${word("more_acts")}: ${loan.title}`, onclick: () => panel.open("copy", { barcode: loan.barcode }) }, word("more_acts"))),
  ]);
  return table(word("on_loan_to"), columns, rows);
}

function renew(loan) {
  scans.scan("renew", { ...loan, at: branch() });
  find("copy").focus();
}

/** Renew all, and say of each why it was not. */
function renewAll(at) {
  return isFor("renew", () => act("renew_all", {
    perform: (_, key) => change("loans", "loans/renewals", { member_id: at.member_id, ...(branch() && { branch: branch() }) }, { key }),
    done: ({ results }) => {
      const failed = results.filter(({ problem }) => problem);
      return [word("renewed_of", { count: results.length - failed.length, all: results.length }), ...new Set(failed.map(({ problem }) => problem.detail))];
    },
    after: () => refresh(),
  }));
}
