// Take copies back, and say where each goes.

import { bookOf, branchName, member, zoneOf } from "./library.js";
import { draw, drawAgain } from "./lines.js";
import { confirmation } from "./overrides.js";
import { find, moveCaret, onScan } from "./page.js";
import { hasEnded } from "./scans.js";
import { day, money, notes, notice, word } from "./words.js";

const answers = find("return-answers");
let scans = null;

/** Make the view ready; `chosenBranch` tells the branch of the desk. */
export function prepare(chosenBranch, allScans) {
  scans = allScans;
  onScan(find("return-form"), (barcode) => scans.scan("return", { barcode, branch: chosenBranch(), returned_at: earlier() }, scans.ofNobody));
}

/** Return when the copies came back, where that was not just now: as those of a book drop did. */
function earlier() {
  const { value } = find("returned-at");
  return value === "" ? undefined : new Date(value).toISOString();
}

/** Return where the next scan belongs. */
export const field = () => find("returned");

/** Put the caret there. */
export const show = () => moveCaret(field());

/** Show what has changed of a return. */
export function changed(_, scan) {
  draw(scan, answers, SAYS.return, scans);
  if (hasEnded(scan) && scan.error?.unanswered !== true) nameIt(scan);
}

/** Say which title it is where the answer does not, and who waits for it. */
async function nameIt(scan) {
  const { answer, what } = scan;
  try {
    if (answer?.next === "hold_shelf" && answer.hold) scan.waiting = await member(answer.hold.member_id);
    else if (!answer?.hold && (!answer?.loan || answer.next === "transit")) Object.assign(scan, withHome(await bookOf(what.barcode)));
    else return;
  } catch {
    return; // what is to be done with the copy is said already
  }
  if (scans.ofNobody.scans.includes(scan)) draw(scan, answers, SAYS.return, scans);
}

/** Say everything again, in the language that is spoken now. */
export const sayAgain = () => drawAgain(scans.ofNobody, answers, SAYS, scans);

const withHome = (found) => ({ title: found?.book.title, home: found?.copy?.branch });

const SAYS = {
  return: {
    working: "taking_back",
    failed: "not_done",
    title: ({ what }) => what.barcode,
    done: whatToDo,
    after: ({ error, what }) => confirmation(error, () => {
      field().focus();
      scans.scan("return", { ...what, notes_confirmed: true }, scans.ofNobody);
    }),
  },
};

function whatToDo({ answer: done, what: { barcode }, title: found, home, waiting }) {
  const title = done.loan?.title ?? done.hold?.title ?? found;
  const stays = done.copy_status === "reference_only";
  return [done.next === "shelf" && (done.notice === null || stays) && !done.notes?.length ? "good" : "note", whereTo(done, home), title ? `${title} (${barcode})` : barcode,
    waiting ? word("waits_for", { name: waiting.name, card: waiting.card_number }) : "",
    done.loan === null && done.hold === null ? word("was_not_lent") : "",
    stays ? word("reading_room") : done.notice === null ? "" : notice(done.copy_status, done.notice),
    done.next === "hold_shelf" && done.hold?.pickup_until ? word("pickup_until", { day: day(done.hold.pickup_until, zoneOf(done.hold.pickup_branch)) }) : "",
    done.fine ? word("late_fine", { amount: money(done.fine.amount) }) : "", ...notes(done.notes)];
}

const TO_THE_SHELF = new Set(["missing", "lost", "reference_only"]); // statuses that end when the copy is seen, or belong to a shelf

function whereTo(done, home) {
  if (done.notice !== null && !TO_THE_SHELF.has(done.copy_status)) return word("put_aside");
  if (done.next === "shelf") return word("next_shelf");
  if (done.next === "hold_shelf") return word("next_hold_shelf");
  const branch = done.hold?.pickup_branch ?? home;
  return branch ? word("next_transit", { branch: branchName(branch) }) : word("next_home");
}
