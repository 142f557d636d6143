// The panel beside the page: of a reader, a title or a copy, with what is done about them. It is loaded when it is opened.

import { opened } from "./opened.js";
import { find, make, refusal } from "./page.js";
import { word } from "./words.js";

const PANELS = {
  holds: () => import("./panels/holds.js"),
  money: () => import("./panels/money.js"),
  member: () => import("./panels/member.js"),
  enrol: () => import("./panels/enrol.js"),
  applications: () => import("./panels/applications.js"),
  title: () => import("./panels/title.js"),
  copy: () => import("./panels/copy.js"),
  fast_add: () => import("./panels/fast_add.js"),
};
const OF_READERS = new Set(["holds", "money", "member"]);

let desk = {}; // what a panel needs of the page: the scans, the branch, and how the reader is shown anew
let shown = null; // {name, subject, from}
let served = null; // the member at the desk

/** Make it ready. */
export function prepare(ofPage) {
  desk = ofPage;
  find("panel-close").addEventListener("click", close);
}

/** Open a panel about a member, a title or a copy. */
export async function open(name, subject) {
  const from = find("panel").contains(document.activeElement) ? shown?.from : document.activeElement;
  shown = { name, subject, from };
  find("panel").hidden = false;
  document.body.classList.add("with-panel");
  find("panel-title").textContent = word("panel_opens");
  find("panel-body").replaceChildren();
  await draw();
  find("panel-title").focus();
}

/** Close the panel; the caret goes to where it was opened. */
export function close() {
  if (shown === null) return;
  const { from } = shown;
  shown = null;
  find("panel").hidden = true;
  document.body.classList.remove("with-panel");
  if (from?.isConnected) from.focus();
}

/** Hear who is at the desk now: what is shown of somebody else goes, and a title is shown for holds of that reader. */
export function serve(member) {
  if (member === served) return;
  served = member;
  if (shown === null) return;
  if (OF_READERS.has(shown.name)) close();
  else if (shown.name === "title") draw();
}

/** Show anew what has changed: the panel, and who is at the desk. */
export async function drawAgain() {
  const stands = find("panel").contains(document.activeElement) || document.activeElement === document.body;
  const refreshed = desk.refresh();
  await draw();
  if (shown !== null && stands && document.activeElement === document.body) find("panel-title").focus(); // what had the caret is gone
  await refreshed; // later, perhaps much: whoever types in the panel does so still
}

async function draw() {
  const at = shown;
  if (at === null) return;
  find("panel").setAttribute("aria-busy", "true");
  try {
    const { content } = await opened(PANELS[at.name]);
    const [title, ...parts] = await content(at.subject, desk);
    if (at !== shown) return;
    find("panel-title").textContent = title;
    find("panel-body").replaceChildren(...parts.filter(Boolean));
  } catch (error) {
    if (at !== shown) return;
    find("panel-title").textContent = word("not_shown_here");
    find("panel-body").replaceChildren(make("div"), make("button", { type: "button", onclick: draw }, word("try_again")));
    refusal(find("panel-body").firstChild, word("not_done"), "", error);
  } finally {
    find("panel").removeAttribute("aria-busy");
  }
}
