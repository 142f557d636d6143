// The desk without a line: big letters say so, scans are kept, and when the line is back a list tells what became of each.

import { answers, deskKey, report, zoneOf } from "./library.js";
import { disk, Kept, NoKey } from "./keep.js";
import { find, isTypedInto, make } from "./page.js";
import { whoIsSignedIn } from "./sign_in.js";
import { day, dueDate, word } from "./words.js";

const LOOKS = 15_000; // milliseconds between looks whether somebody answers, while nobody does
const LOOKS_BY_DAY = 60_000;
const CLOCK = "desk.clock"; // by how many milliseconds this computer's clock is slow
const BRANCH = "desk.branch";
const HEARD = "desk.heard";
const KINDS = ["lend", "return", "renew"];

const kept = new Kept({ store: disk(), send: report, signedIn: () => whoIsSignedIn()?.sub ?? null });
let branch = () => "";
let kind = "lend";
let card = null; // of whoever stands at the desk
let away = 0; // how often in a row nobody answered
let isOn = false;
let isKnown = false; // whose desk it is, with the key
let view = null;

/** Make it ready: `chosenBranch` tells the branch of the desk. The page opens without a line from now on. */
export function prepare(chosenBranch) {
  branch = chosenBranch;
  document.head.append(make("link", { rel: "stylesheet", href: "offline.css" }));
  view = make("div", { id: "offline", role: "region", "aria-label": word("offline"), hidden: true });
  find("scan-area").before(view);
  window.addEventListener("offline", () => {
    away = Math.max(away, 1); // so that this look is the second in vain
    look();
  });
  window.addEventListener("online", look);
  document.addEventListener("keydown", onKey);
  keepLooking();
}

async function keepLooking() {
  await look();
  setTimeout(keepLooking, away > 0 || isOn ? LOOKS : LOOKS_BY_DAY);
}

/** Know who has signed in: what was kept can be sent, and what comes can be sealed. */
export const signedIn = sendAll;

async function know() {
  const who = whoIsSignedIn();
  if (isKnown || who === null) return;
  await kept.know(who.sub, await deskKey());
  isKnown = true;
  openWithoutLine();
}

/** Let the page itself open without a line. */
async function openWithoutLine() {
  if (!("serviceWorker" in navigator)) return;
  const own = globalThis.trustedTypes?.createPolicy("desk", { createScriptURL: (url) => url });
  await navigator.serviceWorker.register(own?.createScriptURL("sw.js") ?? "sw.js").catch(() => {});
}

async function look() {
  if (await answers()) {
    const wasAway = away > 0 || isOn;
    away = 0;
    localStorage.setItem(HEARD, String(Date.now()));
    if (wasAway) await sendAll();
  } else {
    away += 1;
  }
  await draw();
}

/** Send what was kept, if whoever kept it is signed in; then the desk goes on as ever. */
async function sendAll() {
  try {
    await know();
    await kept.send();
    if (whoIsSignedIn() !== null && away === 0) leave();
  } catch {
    // nobody answered in the midst of it: the rest is sent next time
  }
  await draw();
}

function enter() {
  isOn = true;
  card = null;
  draw();
}

function leave() {
  isOn = false;
  document.body.classList.remove("offline");
}

/** Show how it stands. The list of what became of everything stays until somebody has seen it. */
async function draw() {
  if (isOn) document.body.classList.add("offline");
  const [{ own, others }, results] = await Promise.all([kept.waiting(), kept.results()]);
  const parts = [...head(own + others), ...(isOn ? desk() : []), ...told(results)];
  const at = view.contains(document.activeElement) ? document.activeElement : null;
  const typed = at?.id === "offline-scan" ? at.value : "";
  view.replaceChildren(...parts);
  view.setAttribute("role", isOn ? "main" : "region"); // the views themselves are out of sight
  view.hidden = parts.length === 0;
  if (isOn && (at !== null || !isTypedInto(document.activeElement))) focusOn(typed);
}

function head(waiting) {
  if (!isOn && away < 2 && waiting === 0) return [];
  const heard = Number(localStorage.getItem(HEARD));
  const minutes = Math.round((Date.now() - heard) / 60_000);
  const age = heard === 0 ? "" : word("last_heard", { time: dueDate(new Date(heard).toISOString()), count: minutes });
  const lines = [make(isOn ? "h1" : "p", { class: "offline-big" }, word(isOn ? "offline" : away > 1 ? "no_line" : "line_is_back")), make("p", {}, age)];
  if (waiting > 0) lines.push(make("p", { id: "offline-kept" }, word("kept_acts", { count: waiting })));
  if (!isOn && away > 1) lines.push(make("button", { type: "button", id: "go-offline", class: "main", onclick: enter }, word("work_offline")));
  if (away === 0 && whoIsSignedIn() === null) lines.push(make("p", {}, word("sign_in_to_send")));
  return [make("div", { class: "offline-head", role: "status" }, ...lines)];
}

function desk() {
  const choose = (each) => make("button", { type: "button", "aria-pressed": String(each === kind), onclick: () => { kind = each; card = null; draw(); } }, word(each));
  const wanted = kind === "lend" && card === null ? "card" : "copy";
  const form = make("form", { class: "scan", id: "offline-form", autocomplete: "off", onsubmit: onScan },
    make("label", { for: "offline-scan" }, word(wanted)),
    make("input", { id: "offline-scan", required: true, maxlength: "64", spellcheck: "false" }),
    make("button", {}, word("keep")));
  const whose = card === null ? "" : make("p", { class: "reader" }, `${word("card")} ${card} · ${word("next_member")}`);
  return [make("div", { class: "offline-kinds", role: "group" }, ...KINDS.map(choose)), make("p", {}, word("offline_text")), whose, form, make("p", { id: "offline-told", role: "log", "aria-live": "assertive" }, newest)]
    .filter((each) => each !== "");
}

let newest = "";

async function onScan(event) {
  event.preventDefault();
  const text = find("offline-scan").value.trim();
  find("offline-scan").value = "";
  if (text === "") return;
  if (kind === "lend" && card === null) {
    card = text;
    newest = "";
    await draw();
    return;
  }
  const at = new Date(Date.now() + Number(localStorage.getItem(CLOCK))).toISOString();
  const act = { kind, barcode: text, branch: branch() || localStorage.getItem(BRANCH) || "", at, ...(kind === "lend" && { card }) };
  try {
    await kept.keep(act);
    newest = word("kept_act", { what: `${word(kind)} ${text}` });
  } catch (error) {
    newest = word(error instanceof NoKey ? "no_key" : "not_kept", { code: text });
    if (!(error instanceof NoKey)) reportError(error);
  }
  await draw();
}

function onKey(event) {
  if (!isOn || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    card = null;
    newest = "";
    draw();
  } else if (!isTypedInto(document.activeElement) && [...event.key].length === 1 && event.key !== " ") {
    focusOn(find("offline-scan").value);
  }
}

function focusOn(text) {
  find("offline-scan").value = text;
  find("offline-scan").focus();
}

function told(results) {
  if (results.length === 0) return [];
  const clashes = results.filter((each) => isClash(each) || tookFrom(each)).length;
  const lines = results.map((each) => make("li", { class: `answer ${isClash(each) ? "bad" : tookFrom(each) ? "note" : "good"}` }, inWords(each)));
  const putAway = async () => {
    await kept.seen(results.map(({ place }) => place));
    await draw();
  };
  const seen = make("button", { type: "button", id: "offline-seen", onclick: putAway }, word("seen"));
  return [make("div", { class: "offline-results" }, make("h2", {}, word("came_back", { count: results.length })),
    make("p", {}, word("clashes", { count: clashes })), make("ul", { class: "plain" }, ...lines), seen)];
}

/** Whether somebody has to look at it: nobody can read it, it was refused, noted against the rules, or was not on loan at all. */
const isClash = ({ act, answer, refusals }) =>
  act === undefined || refusals.length > 0 || answer.overridden?.length > 0 || (act.kind === "return" && answer.loan === null);

/** Whether it ended the loan of another reader, who had the copy and has it no more: look who has it. */
const tookFrom = ({ answer }) => Boolean(answer?.ended_loan_id);

function inWords({ act, answer, refusals, keptAt, isDone }) {
  if (act === undefined) return word(isDone ? "unreadable_result" : "unreadable_act", { time: dueDate(new Date(keptAt).toISOString()) });
  const what = `${word(act.kind)} ${act.barcode}${act.card ? ` (${word("card")} ${act.card})` : ""}, ${day(act.at)}: `;
  if (refusals.length > 0) return what + refusals.map(({ detail }) => detail).join(" ");
  if (act.kind === "return") return what + (answer.loan?.title ?? word("was_not_lent"));
  const until = word(act.kind === "lend" ? "lent" : "renewed", { due: dueDate(answer.due_at, zoneOf(answer.branch)) });
  const took = answer.ended_loan_id ? `. ${word("took_from_another")}` : "";
  return `${what}${answer.title}. ${until}${took}${answer.overridden?.length ? `. ${word("overridden", { codes: answer.overridden.join(", ") })}` : ""}`;
}
