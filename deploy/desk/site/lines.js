// The session as a table, the newest first: a row for each scan, from its Enter on, amber while it is under way, then what
// came of it.

import { against, fill, make } from "./page.js";
import { hasEnded } from "./scans.js";
import * as verdict from "./verdict.js";
import { word } from "./words.js";

const MOST = 500; // of a turn; what went well goes first, and what did not stays
const lines = new WeakMap();

/** Return the member of a turn, or as much as is known of one. */
export function nameOf({ member, card }) {
  if (member !== null) return `${member.name} (${member.card_number})`;
  return card === null ? word("nobody_known") : `${word("card")} ${card}`;
}

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
  } else {
    fill(line, ...told);
    verdict.show(scan, ...told);
    if (line.parentNode !== place) place.prepend(line);
  }
  for (const forgotten of scans.trim(scan.turn, MOST)) {
    lines.get(forgotten)?.remove();
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

/** Put the lines of a turn into `place`, or away where there is none. */
export function move(turn, place) {
  for (const line of turn.scans.map((scan) => lines.get(scan))) {
    if (place === null) line?.remove();
    else if (line?.parentNode) place.prepend(line);
  }
}

/** Draw all lines of a turn anew, and nothing else, in the language that is spoken now. */
export function drawAgain(turn, place, says, scans) {
  place.replaceChildren(...turn.scans.map((scan) => lines.get(scan)).filter(Boolean).reverse());
  for (const scan of turn.scans) draw(scan, place, says[scan.kind], scans);
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
