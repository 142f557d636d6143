// A copy: where it is, who had it, and what a desk does with one that is damaged, lost, claimed, found or sent on.

import { act } from "../acts.js";
import { bookOf, branchChoices, branchName, change, member as memberById, read, Refused, zoneOf } from "../library.js";
import { make, table } from "../page.js";
import * as panel from "../panel.js";
import { isFor, may } from "../rights.js";
import { day, dueDate, word } from "../words.js";

const STATUSES = ["in_service", "damaged", "missing", "lost", "in_repair", "reference_only"];
const OUTCOMES = ["found_on_shelf", "missing", "forgiven", "charged"];
const ENDED = new Set(["returned", "lost_and_paid"]);

export async function content({ barcode }, { branch }) {
  const found = await bookOf(barcode);
  if (!found?.copy) throw new Refused(404, [{ code: "copy-not-found", detail: word("no_such_item", { code: barcode }) }]);
  const { copy, book } = found;
  const loans = may("see_loans") ? (await read("loans", "loans", { copy_id: copy.copy_id, limit: 10 })).items : [];
  const current = loans.find(({ status }) => !ENDED.has(status));
  return [
    `${book.title} (${copy.barcode})`,
    make("p", {}, [branchName(copy.branch), copy.location, copy.shelf_mark, copy.item_type, word(copy.status === "in_service" ? copy.availability : `is_${copy.status}`)].filter(Boolean).join(" · ")),
    copy.staff_note && make("p", {}, word("note_of_copy", { text: copy.staff_note })),
    make("div", { class: "row" }, make("button", { type: "button", onclick: () => panel.open("title", { book_id: book.book_id }) }, word("open_title")),
      ...(current && may("change_loans", current.branch) ? actsOnLoan(current, branch()) : []), ...actsOn(copy),
      isFor("move_copies", () => sendOn(copy), copy.branch)),
    loans.length > 0 && table(word("last_loans"), [word("lent_on"), word("due"), word("came_back"), word("who")], loans.map(loanRow)),
  ];
}

function loanRow(loan) {
  const zone = zoneOf(loan.branch);
  const who = make("span", {});
  const ask = make("button", { type: "button", "aria-label": `${word("who")}: ${day(loan.checked_out_at, zone)}`, onclick: async () => {
    ask.disabled = true; // each look at somebody is put on record
    const { name, card_number: card } = await memberById(loan.member_id).catch(() => ({ name: word("not_known_any_more"), card_number: "" }));
    who.replaceChildren(make("span", { class: "private" }, `${name} ${card}`));
  } }, word("who"));
  const state = ENDED.has(loan.status) ? (loan.returned_at ? day(loan.returned_at, zone) : word(`loan_${loan.status}`)) : word(`loan_${loan.status}`);
  return [day(loan.checked_out_at, zone), dueDate(loan.due_at, zone), state, loan.member_id ? make("div", { class: "row" }, who, may("see_members") ? ask : "") : word("not_known_any_more")];
}

function actsOnLoan(loan, at) {
  const to = (verb, more = {}) => (values, key) => change("loans", `loans/${loan.loan_id}/${verb}`, { ...values, ...more, ...(at && { branch: at }) }, { key });
  const what = loan.title;
  const reason = { name: "reason" };
  const acts = {
    open: () => [
      act("set_due_date", { what, ask: [{ name: "due_on", type: "date", required: true }, { ...reason, required: true }], done: (told) => [dueDate(told.due_at, zoneOf(told.branch))],
        perform: ({ due_on, reason: why }, key) => to("due-date")({ due_at: new Date(`${due_on}T23:59`).toISOString(), reason: why }, key) }),
      act("claim_returned", { what, ask: [reason], perform: to("claim-returned") }),
      act("declare_lost", { what, ask: [reason], perform: to("declare-lost") }),
    ],
    claimed_returned: () => [act("resolve", { what, ask: [{ name: "as", type: "choice", value: OUTCOMES[0], options: OUTCOMES.map((each) => [each, word(`as_${each}`)]) }, reason], perform: to("resolve") })],
  };
  return (acts[loan.status] ?? (() => [act("found", { what, ask: [reason], perform: to("found") })]))();
}

function actsOn(copy) {
  const patch = (body) => change("books", `copies/${copy.copy_id}`, body, { method: "PATCH", version: copy.version });
  const mayChange = may("copies", copy.branch);
  return [
    (mayChange || may("withdraw", copy.branch)) && act("set_status", { what: copy.barcode, ask: [{ name: "status", type: "choice", value: copy.status === "in_service" ? "damaged" : "in_service", options: STATUSES.map((each) => [each, word(`is_${each}`)]) }, { name: "reason" }],
      perform: (values, key) => change("books", `copies/${copy.copy_id}/status`, values, { key }) }),
    mayChange && act("note_copy", { what: copy.barcode, ask: [{ name: "text", value: copy.staff_note ?? "" }], perform: ({ text }) => patch({ staff_note: text ?? null }) }),
  ].filter(Boolean);
}

function sendOn(copy) {
  return act("send_on", { what: copy.barcode, ask: [{ name: "to_branch", type: "choice", value: copy.branch, options: branchChoices() }], done: (sent) => [branchName(sent.branch)],
    perform: ({ to_branch }, key) => change("loans", "transits", { copy_id: copy.copy_id, to_branch }, { key }) });
}
