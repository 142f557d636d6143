// The members who have left the desk while something was under way for them, or not done: what comes of it is shown here,
// under their names, and never among the answers to whoever came after them.

import { nameOf } from "./lines.js";
import { find, make } from "./page.js";
import { inTrouble, underWay } from "./scans.js";
import { word } from "./words.js";

const boxes = new Map(); // by their turns

/** Return where the lines of a turn that is over are. */
export function placeOf(turn) {
  if (!boxes.has(turn)) {
    const name = make("h2", { class: "reader" });
    const lines = make("tbody", { class: "answers" });
    const log = make("div", { class: "session", role: "log", "aria-live": "polite" }, make("table", {}, lines));
    const seen = make("button", { type: "button" });
    const box = make("article", { class: "gone" }, name, log, seen);
    boxes.set(turn, { box, name, log, lines, seen });
    find("gone").prepend(box);
  }
  return boxes.get(turn).lines;
}

/** Show who is gone, and what is still to come for whom. */
export function show(scans) {
  for (const [turn, { box }] of boxes) {
    if (scans.gone.includes(turn)) continue;
    box.remove();
    boxes.delete(turn);
  }
  for (const turn of scans.gone) {
    placeOf(turn);
    const { box, name, log, seen } = boxes.get(turn);
    name.textContent = nameOf(turn);
    box.setAttribute("aria-label", nameOf(turn));
    log.setAttribute("aria-label", nameOf(turn));
    seen.textContent = word("seen");
    seen.setAttribute("aria-label", `${word("seen")}: ${nameOf(turn)}`);
    seen.hidden = underWay(turn) > 0;
    seen.onclick = () => scans.putAway(turn);
  }
  const told = scans.gone.map(toldOf).join(" ");
  if (find("gone-told").textContent !== told) find("gone-told").textContent = told;
}

function toldOf(turn) {
  const name = nameOf(turn);
  if (underWay(turn) > 0) return word("gone_under_way", { name, count: underWay(turn) });
  return inTrouble(turn) > 0 ? word("gone_trouble", { name, count: inTrouble(turn) }) : word("gone_done", { name });
}
