// A title: its copies and where they are, who waits for it, and to place a hold on it.

import { act } from "../acts.js";
import { book as bookById, branchName, change, memberByCard, member as memberById, read, Refused, zoneOf } from "../library.js";
import { make, table } from "../page.js";
import * as panel from "../panel.js";
import { isFor, may } from "../rights.js";
import { day, dueDate, word, yearOf } from "../words.js";
import { actsOn, placeHold, stateOf } from "./holds.js";

export async function content({ book_id: id }, { scans, branch }) {
  const [book, copies, queue] = await Promise.all([bookById(id), read("books", `books/${id}/copies`, { limit: 100 }),
    may("see_loans") ? read("loans", `hold-queues/${id}`, { limit: 100 }, { tagged: true }) : { items: [] }]);
  const { member } = scans.turn;
  return [
    book.title,
    make("p", {}, [(book.authors ?? []).join("; "), book.publisher, yearOf(book), book.isbns?.join(", ")].filter(Boolean).join(" · ")),
    make("p", {}, word("of_copies", { available: book.availability.available, copies: book.availability.copies })),
    table(word("copies"), [word("barcode"), word("branch"), word("shelf_mark"), word("state"), word("act")], copies.items.map(copyRow)),
    member && make("p", { class: "private" }, word("for_member", { name: member.name })),
    isFor("place_holds", () => (member === null ? holdByCard(id, branch()) : placeHold(member, branch(), id))),
    queue.items.length > 0 && table(word("queue"), ["#", word("state"), word("pickup"), word("placed"), word("act")], queue.items.map((hold, at) => queueRow(hold, at, queue))),
  ];
}

function copyRow(copy) {
  const where = [word(copy.status === "in_service" ? copy.availability : `is_${copy.status}`), copy.due_at && dueDate(copy.due_at, zoneOf(copy.branch)), copy.transit_to && branchName(copy.transit_to)].filter(Boolean);
  return [copy.barcode, branchName(copy.branch), [copy.location, copy.shelf_mark, copy.volume].filter(Boolean).join(" · "), where.join(" · "),
    make("button", { type: "button", "aria-label": `${word("open_copy")}: ${copy.barcode}`, onclick: () => panel.open("copy", { barcode: copy.barcode }) }, word("open_copy"))];
}

function holdByCard(id, at) {
  return act("place_hold_for", { ask: [{ name: "card", required: true, most: 60 }],
    perform: async ({ card, override }, key) => {
      const member = await memberByCard(card);
      if (member === null) throw new Refused(404, [{ code: "member-not-found", detail: word("nobody", { card }) }]);
      return change("loans", "holds", { book_id: id, member_id: member.member_id, pickup_branch: at || member.home_branch || undefined, override }, { key });
    },
    overrides: true, done: (hold) => [stateOf(hold)] });
}

function queueRow(hold, at, { items, book_id: id, tag }) {
  const who = make("span", {});
  const ask = make("button", { type: "button", "aria-label": `${word("who")}: ${at + 1}`, onclick: async () => {
    ask.disabled = true; // each look at somebody is put on record
    const { name, card_number: card } = await memberById(hold.member_id).catch(() => ({ name: word("no_answer"), card_number: "" }));
    who.replaceChildren(make("span", { class: "private" }, `${name} ${card}`));
  } }, word("who"));
  const mayBeFirst = at > 0 && hold.status === "waiting" && items.slice(0, at + 1).filter(({ status }) => status === "waiting").every((each) => may("move_copies", each.pickup_branch));
  const first = mayBeFirst ? act("put_first", { what: String(at + 1),
    perform: () => {
      const waiting = items.filter(({ status }) => status === "waiting").map((each) => each.hold_id);
      return change("loans", `hold-queues/${id}`, { hold_ids: [hold.hold_id, ...waiting.filter((each) => each !== hold.hold_id)] }, { method: "PUT", version: tag });
    } }) : null;
  return [String(hold.position ?? at + 1), stateOf(hold), branchName(hold.pickup_branch) ?? "", day(hold.placed_at, zoneOf(hold.pickup_branch)),
    make("div", { class: "row" }, who, may("see_members") ? ask : "", ...(first ? [first] : []), ...(may("place_holds", hold.pickup_branch) ? actsOn(hold).slice(-1) : []))];
}
