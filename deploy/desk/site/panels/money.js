// What a member owes: what for, to take it or a part of it, to waive it with a reason, to charge by hand.

import { act, amountOf, typed } from "../acts.js";
import { borrower, change, read } from "../library.js";
import { against, make, table } from "../page.js";
import { printReceipt } from "../print.js";
import { isFor, placeFor } from "../rights.js";
import * as verdict from "../verdict.js";
import { day, money, word } from "../words.js";

const METHODS = ["cash", "card", "transfer"];
const KNOWN = new Set(["overdue", "reminder", "lost", "processing", "rental", "deposit", "collection", "damage", "card", "fee"]);
const receipts = new WeakMap(); // of a member at the desk, the last one that was given

export async function content(member, { branch }) {
  const [told, fines, tills, policy] = await Promise.all([
    borrower(member.member_id), read("loans", "fines", { member_id: member.member_id, status: "owed", limit: 100 }), tillsThatAreOpen(), read("loans", "policies")]);
  const chosen = new Set(fines.items.map(({ fine_id }) => fine_id));
  const columns = [word("ask_pays"), word("what_for"), word("owes"), word("act")];
  const [receipt, place] = [receipts.get(member), placeFor("charge", branch())];
  return [
    word("money_of", { name: member.name }),
    make("p", {}, fines.items.length === 0 ? word("owes_nothing") : word("owes_in_all", { amount: money(told.owed) })),
    told.credit.amount > 0 && make("p", {}, word("has_credit", { amount: money(told.credit) })),
    fines.items.length > 0 && table(word("owes"), columns, fines.items.map((fine) => row(fine, chosen))),
    fines.items.length > 0 && isFor("take_payments", () => take(member, told.owed, fines.items, chosen, tills, branch())),
    place !== null && charge(member, told.owed.currency, policy.charge_kinds, place),
    receipt && make("section", { "aria-label": word("receipt") }, make("h3", {}, `${word("receipt")} ${receipt.number}`),
      ...receipt.lines.map((line) => make("p", {}, `${reasonOf(line.reason)}: ${money(line.amount)}`)), make("p", {}, `${word(`by_${receipt.method}`)}: ${money(receipt.total)}`),
      make("button", { type: "button", onclick: () => print(member, receipt) }, word("print_receipt"))),
  ];
}

async function print(member, receipt) {
  try {
    await printReceipt(member, receipt, reasonOf);
  } catch (error) {
    verdict.say({}, "bad", word("not_done"), word("print_receipt"), ...against(error));
  }
}

/** Return the tills that may take money now, as choices; none where the person may not see them. */
async function tillsThatAreOpen() {
  const { items } = await read("loans", "tills", { limit: 100 }).catch(() => ({ items: [] }));
  return items.filter(({ session }) => session !== null).map(({ till, name }) => [till, name]);
}

/** Return what something costs money for: the library's own kinds have no other name. */
const reasonOf = (reason) => (KNOWN.has(reason) ? word(`fine_${reason}`) : reason);

function row(fine, chosen) {
  const about = [reasonOf(fine.reason), day(fine.charged_at)].join(", ");
  const pays = make("input", { type: "checkbox", checked: true, "aria-label": `${word("ask_pays")}: ${about}, ${money(fine.owed)}`,
    onchange: (event) => (event.target.checked ? chosen.add(fine.fine_id) : chosen.delete(fine.fine_id)) });
  const title = fine.loan?.title;
  return [make("span", { class: "tick" }, pays), make("td", { "data-name": word("what_for") }, about, title ? make("p", { class: "private" }, title) : ""), money(fine.owed),
    isFor("waive", () => act("waive", { what: `${about}, ${money(fine.owed)}`,
      ask: [{ name: "amount", type: "money", value: typed(fine.owed), required: true }, { name: "reason", required: true }],
      perform: ({ amount, reason }, key) => change("loans", `fines/${fine.fine_id}/waive`, { amount: amountOf(amount, fine.owed.currency), reason }, { key }) }), fine.branch)];
}

function take(member, owed, fines, chosen, tills, branch) {
  const ask = [
    { name: "amount", type: "money", value: typed(owed), required: true },
    { name: "method", type: "choice", value: "cash", options: METHODS.map((each) => [each, word(`by_${each}`)]) },
    ...(tills.length > 0 ? [{ name: "till", type: "choice", value: tills[0][0], options: tills }] : []),
  ];
  return act("take_money", { what: member.name, ask,
    perform: ({ amount, method, till }, key) => change("loans", `borrowers/${member.member_id}/payments`,
      { amount: amountOf(amount, owed.currency), method, till, ...(branch && { branch }), ...(chosen.size < fines.length && { fine_ids: [...chosen] }) }, { key }),
    done: (paid) => {
      if (paid.receipt) receipts.set(member, paid.receipt);
      return [word("still_owes", { amount: money(paid.owed) }), paid.receipt ? `${word("receipt")} ${paid.receipt.number}` : ""];
    } });
}

function charge(member, currency, kinds, branch) {
  const ask = [{ name: "kind", type: "choice", value: kinds[0], options: kinds.map((each) => [each, reasonOf(each)]) }, { name: "amount", type: "money", required: true }, { name: "note", most: 300 }];
  return act("charge", { what: member.name, ask, perform: ({ kind, amount, note }, key) =>
    change("loans", "charges", { member_id: member.member_id, kind, amount: amountOf(amount, currency), note, ...(branch && { branch }) }, { key }) });
}
