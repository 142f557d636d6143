// The session as a table, the newest first: a row for each scan, from its Enter on, amber while it is under way, then what
// came of it.

import { against, fill, make } from "./page.js";
import { hasEnded } from "./scans.js";
import * as verdict from "./verdict.js";
import { word } from "./words.js";

const MOST = 500; // of a turn; what went well goes first, and what did not stays
const IN_SIGHT = 60; // rows of a table that cost a browser something at each scan; earlier ones are shown when asked for
const lines = new WeakMap();
const putBack = new WeakMap(); // by the body of a table: its rows that are not in sight, the latest first, and the button for them

/** Return the member of a turn, or as much as is known of one. */
export function nameOf({ member, card }) {
  if (member !== null) return `${member.name} (${member.card_number})`;
  return card === null ? word("nobody_known") : `${word("card")} ${card}`;
}

/** Return the notes of a member that are among what is known of the member at the desk. */
export const shownOf = (member) => (member?.notes ?? []).filter((note) => note.show_at_desk).map((note) => note.text);

/**
 * Draw the line of a scan; one that is not in `place`, the body of a table, goes to its top. `says` has the words for it: `title(scan)`, what is
 * said while it is `working` and when it `failed`, and `done(scan)` with the kind and the texts of an answer, or null
 * where nothing is left to say.
 */
export function draw(scan, place, says, scans) {
  const line = lines.get(scan) ?? newLine(scan);
  const told = whatToTell(scan, says, scans);
  if (told === null) {
    line.remove();
    verdict.clear(scan); // that it was under way is true no more
  } else {
    fill(line, ...told);
    verdict.show(scan, ...told);
    if (line.parentNode !== place && !earlierOf(place).rows.includes(line)) {
      place.prepend(line);
      keepInSight(place);
    }
  }
  for (const forgotten of scans.trim(scan.turn, MOST)) {
    lines.get(forgotten)?.remove();
    earlierOf(place).rows = earlierOf(place).rows.filter((line) => line !== lines.get(forgotten));
    if (forgotten.kind === "lend" && !forgotten.undone) scan.turn.lentBefore = (scan.turn.lentBefore ?? 0) + 1;
  }
}

function newLine(scan) {
  const line = make("tr");
  lines.set(scan, line);
  if (scan.scannedAs === "card" || scan.kind === "undo") return line; // neither is something that a member takes home
  scan.turn.numbered = (scan.turn.numbered ?? 0) + 1;
  line.dataset.number = scan.turn.numbered;
  return line;
}

/** Empty a table. */
export function clear(place) {
  place.replaceChildren();
  earlierOf(place).rows = [];
  showEarlier(place);
}

function earlierOf(place) {
  if (!putBack.has(place)) putBack.set(place, { rows: [], button: null });
  return putBack.get(place);
}

/** Put back rows of what went well, where there are many; what did not stays in sight, and so does what somebody stands at. */
function keepInSight(place) {
  const extra = [...place.children].slice(IN_SIGHT).filter((row) => row.classList.contains("good") && !row.contains(document.activeElement));
  if (extra.length === 0) return;
  for (const row of extra) row.remove();
  earlierOf(place).rows = [...extra, ...earlierOf(place).rows];
  showEarlier(place);
}

/** Offer the rows that are not in sight. */
function showEarlier(place) {
  const earlier = earlierOf(place);
  if (earlier.rows.length === 0) {
    earlier.button?.remove();
    return;
  }
  earlier.button ??= make("button", { type: "button", class: "earlier", onclick: () => {
    place.append(...earlier.rows);
    earlier.rows = [];
    earlier.button.remove();
  } });
  earlier.button.textContent = word("earlier_rows", { count: earlier.rows.length });
  place.closest(".session").after(earlier.button);
}

/** Put the lines of a turn into `place`, or away where there is none. */
export function move(turn, place) {
  for (const line of turn.scans.map((scan) => lines.get(scan))) {
    if (place === null) line?.remove();
    else if (line?.parentNode) place.prepend(line);
  }
}

/** Draw all lines of a turn anew, and nothing else, in the language that is spoken now. */
export function drawAgain(turn, place, says, scans) {
  clear(place);
  place.replaceChildren(...turn.scans.map((scan) => lines.get(scan)).filter(Boolean).reverse());
  for (const scan of turn.scans) draw(scan, place, says[scan.kind], scans);
  keepInSight(place);
}

function whatToTell(scan, says, scans) {
  const title = says.title(scan);
  if (!hasEnded(scan)) return ["working", word(says.working), title, scan.asksAgain ? word("asking_again") : ""];
  const forWhom = scan.late ? word("for_member", { name: nameOf(scan.turn) }) : "";
  if (scan.state === "done") return says.done(scan) && [...says.done(scan), forWhom];
  if (scan.state === "undone" && scan.answer !== null) return ["bad", whoIsNobody(scan), forWhom];
  return ["bad", word(says.failed), scan.title ? `${scan.title} (${title})` : title, forWhom, ...why(scan, scans), ...(says.after?.(scan) ?? [])];
}

function why(scan, scans) {
  if (scan.state === "refused") return against(scan.error);
  const again = make("button", { type: "button", onclick: () => scans.again(scan) }, word("try_again"));
  return [...against(scan.error ?? scan.turn.error), again];
}

/** Return why what was scanned is nobody's card. */
const whoIsNobody = ({ answer, what }) => (answer.isCopy ? word("copy_first", { code: what.barcode }) : word("nobody", { card: what.barcode }));
