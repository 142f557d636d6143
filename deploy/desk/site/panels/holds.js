// What a member waits for: where each hold stands, and to place, move, freeze or cancel one.

import { act } from "../acts.js";
import { bookOf, branchChoices, branchName, change, read, Refused, zoneOf } from "../library.js";
import { make, table } from "../page.js";
import { isFor } from "../rights.js";
import { day, word } from "../words.js";

export async function content(member, { branch }) {
  const holds = (await read("loans", "holds", { member_id: member.member_id, limit: 100 })).items.filter(isOpen);
  const columns = [word("item"), word("state"), word("pickup"), word("act")];
  return [
    word("holds_of", { name: member.name }),
    holds.length === 0 ? make("p", {}, word("no_holds")) : table(word("on_hold"), columns, holds.map(row)),
    isFor("place_holds", () => placeHold(member, branch())),
  ];
}

const isOpen = ({ status }) => ["waiting", "in_transit", "ready"].includes(status);

/** Say where a hold stands. */
export function stateOf(hold) {
  if (hold.status === "ready") return word("is_ready", { day: hold.pickup_until ? day(hold.pickup_until, zoneOf(hold.pickup_branch)) : "–" });
  if (hold.status === "in_transit") return word("in_transit");
  if (hold.suspended) return word("is_frozen", { day: hold.suspended_until ? day(hold.suspended_until, zoneOf(hold.pickup_branch)) : "–" });
  return word("is_waiting", { position: hold.position ?? "–" });
}

function row(hold) {
  return [make("td", { class: "private", "data-name": word("item") }, hold.title), stateOf(hold), branchName(hold.pickup_branch) ?? "",
    isFor("place_holds", () => make("div", { class: "row" }, ...actsOn(hold)), hold.pickup_branch)];
}

/** Return what may be done with a hold. */
export function actsOn(hold) {
  const to = (verb, body) => (_, key) => change("loans", `holds/${hold.hold_id}/${verb}`, body, { key });
  return [
    act("move_hold", { what: hold.title, ask: [{ name: "pickup", type: "choice", value: hold.pickup_branch, options: branchChoices() }],
      perform: ({ pickup }) => change("loans", `holds/${hold.hold_id}`, { pickup_branch: pickup }, { method: "PATCH", version: hold.version }) }),
    hold.suspended
      ? act("thaw_hold", { what: hold.title, perform: to("resume") })
      : act("freeze_hold", { what: hold.title, ask: [{ name: "until", type: "date" }],
        perform: ({ until }, key) => to("suspend", until ? { until: new Date(`${until}T00:00`).toISOString() } : {})(null, key) }),
    act("cancel_hold", { what: hold.title, ask: [{ name: "reason" }], perform: ({ reason }, key) => to("cancel", reason ? { reason } : {})(null, key) }),
  ];
}

/** Return the act that places a hold for a member; on a book where one is given, or on what is scanned or typed. */
export function placeHold(member, at, book = null) {
  const ask = [
    ...(book === null ? [{ name: "item", required: true, most: 64 }] : []),
    { name: "pickup", type: "choice", value: at || member.home_branch, options: branchChoices() },
    { name: "expires_on", type: "date" },
  ];
  const perform = async ({ item, pickup, expires_on, override }, key) => {
    const book_id = book ?? await bookIdOf(item);
    return change("loans", "holds", { book_id, member_id: member.member_id, pickup_branch: pickup, expires_on, override }, { key });
  };
  return act("place_hold", { what: member.name, ask, perform, overrides: true,
    done: (hold) => [hold.title, hold.position ? word("is_waiting", { position: hold.position }) : stateOf(hold)] });
}

async function bookIdOf(code) {
  const found = await bookOf(code);
  if (found === null) throw new Refused(404, [{ code: "copy-not-found", detail: word("no_such_item", { code }) }]);
  return found.book.book_id;
}
