// What the library tells its members: what went out or would have, what perhaps never arrived, and who cannot be reached.

import { act } from "../acts.js";
import { change, read, zoneOf } from "../library.js";
import { make, refusal, table } from "../page.js";
import { day, word } from "../words.js";
import { said, whoButton } from "./asking.js";

const SHOWN = { // what may be asked for: messages in these states, or notices
  trouble: { path: "messages", state: ["uncertain", "failed", "bounced"] },
  gone: { path: "messages", state: ["ready", "claimed", "handed_over", "printed"] },
  shadow: { path: "messages", state: ["shadow"] },
  unreachable: { path: "notices", state: ["unreachable"] },
};
const REPEATED = new Set(SHOWN.trouble.state);

let place = null;
let chosen = "trouble";
let shown = null; // {rows, next}

export function prepare() {
  place = document.getElementById("messages-view");
}

/** Ask for what was chosen, and show it. */
export async function show() {
  const choice = make("select", { id: "messages-of", onchange: () => {
    chosen = choice.value;
    ask();
  } }, ...Object.keys(SHOWN).map((each) => make("option", { value: each, selected: each === chosen }, word(`messages_${each}`))));
  place.replaceChildren(make("p", {}, make("label", { for: "messages-of", class: "field" }, word("show_list"), choice)),
    make("p", { id: "messages-told", role: "status" }), make("div", { id: "messages-rows" }));
  await ask();
}

export const sayAgain = () => undefined; // it is asked for anew when it is shown

async function ask() {
  const own = { rows: [], next: undefined, of: SHOWN[chosen] };
  shown = own;
  document.getElementById("messages-rows").replaceChildren();
  document.getElementById("messages-told").textContent = word("looking", { words: word(`messages_${chosen}`) });
  await more(own);
}

async function more(own) {
  try {
    const page = await read("members", own.of.path, { state: own.of.state, limit: 50, cursor: own.next });
    own.rows.push(...page.items);
    own.next = page.next_cursor;
  } catch (error) {
    if (own !== shown) return;
    document.getElementById("messages-told").textContent = "";
    refusal(document.getElementById("messages-rows"), word("not_done"), "", error);
    return;
  }
  if (own === shown) render();
}

function render() {
  const { rows, next, of } = shown;
  const isMessages = of.path === "messages";
  document.getElementById("messages-told").textContent = rows.length === 0 ? word("list_empty") : word(next ? "found_more" : "found_some", { count: rows.length });
  const columns = [word("since"), word("about_what"), ...(isMessages ? [word("way")] : []), word("state"), word("act")];
  document.getElementById("messages-rows").replaceChildren(
    ...(rows.length === 0 ? [] : [table(word(`messages_${chosen}`), columns, rows.map(isMessages ? messageRow : noticeRow))]),
    ...(next ? [make("button", { type: "button", onclick: () => more(shown) }, word("more"))] : []));
}

const kindsOf = (kinds) => kinds.map((kind) => said("kind_", kind)).join(", ");
const stateOf = ({ state, why }) => [said("sent_", state), why && said("why_", why)].filter(Boolean).join(": ");

function messageRow(message) {
  const about = `${kindsOf(message.kinds)}, ${day(message.at)}`;
  const text = message.text && make("details", {}, make("summary", {}, word("text_of_message")), make("p", { class: "private as-written", lang: message.language }, message.text));
  return [day(message.at, zoneOf(message.branch)), make("div", {}, kindsOf(message.kinds), message.subject ? make("p", { class: "private", lang: message.language }, message.subject) : "", text || ""),
    said("way_", message.way), stateOf(message),
    make("div", { class: "row" }, whoButton(message.member_id, about), REPEATED.has(message.state) ? act("repeat_message", { what: about,
      perform: (_, key) => change("members", `messages/${message.message_id}/repeat`, undefined, { key }), after: ask }) : "")];
}

const noticeRow = (notice) => [day(notice.due_at, zoneOf(notice.branch)), kindsOf([notice.kind]), stateOf(notice),
  make("div", { class: "row" }, whoButton(notice.member_id, `${kindsOf([notice.kind])}, ${day(notice.due_at)}`))];
