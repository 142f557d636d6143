// Take copies back, and say where each goes.

import { zoneOf } from "./library.js";
import { draw, drawAgain } from "./lines.js";
import { find, moveCaret, onScan } from "./page.js";
import { day, money, notes, notice, word } from "./words.js";

const answers = find("return-answers");
let scans = null;

/** Make the view ready; `chosenBranch` tells the branch of the desk. */
export function prepare(chosenBranch, allScans) {
  scans = allScans;
  onScan(find("return-form"), (barcode) => scans.scan("return", { barcode, branch: chosenBranch() }, scans.ofNobody));
}

/** Return where the next scan belongs. */
export const field = () => find("returned");

/** Put the caret there. */
export const show = () => moveCaret(field());

/** Show what has changed of a return. */
export const changed = (_, scan) => draw(scan, answers, SAYS.return, scans);

/** Say everything again, in the language that is spoken now. */
export const sayAgain = () => drawAgain(scans.ofNobody, answers, SAYS, scans);

const SAYS = {
  return: {
    working: "taking_back",
    failed: "not_done",
    title: ({ what }) => what.barcode,
    done: ({ what, answer }) => whatToDo(answer, what.barcode),
  },
};

function whatToDo(done, barcode) {
  const title = done.loan?.title ?? done.hold?.title;
  return [done.next === "shelf" && done.notice === null && !done.notes?.length ? "good" : "note", whereTo(done), title ? `${title} (${barcode})` : barcode,
    done.loan === null ? word("was_not_lent") : "",
    done.notice === null ? "" : notice(done.copy_status, done.notice),
    done.next === "hold_shelf" && done.hold?.pickup_until ? word("pickup_until", { day: day(done.hold.pickup_until, zoneOf(done.hold.pickup_branch)) }) : "",
    done.fine ? word("late_fine", { amount: money(done.fine.amount) }) : "", ...notes(done.notes)];
}

const FOUND = new Set(["missing", "lost"]); // statuses that end when the copy is seen

function whereTo(done) {
  if (done.notice !== null && !FOUND.has(done.copy_status)) return word("put_aside");
  if (done.next === "shelf") return word("next_shelf");
  if (done.next === "hold_shelf") return word("next_hold_shelf");
  const branch = done.hold?.pickup_branch ?? done.transit_to;
  return branch ? word("next_transit", { branch }) : word("next_home");
}
