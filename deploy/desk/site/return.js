// Take copies back, and say where each goes.

import { bringBack, zoneOf } from "./library.js";
import { answer, find, onScan, refusal } from "./page.js";
import { day, money, notice, word } from "./words.js";

const answers = find("return-answers");

/** Make the view ready; `chosenBranch` tells the branch of the desk. */
export function prepare(chosenBranch) {
  onScan(find("return-form"), (barcode) => takeBack(barcode, chosenBranch()));
}

/** Put the caret where the next scan belongs. */
export const show = () => find("returned").focus();

/** Forget what was said in another language. */
export const sayAgain = () => answers.replaceChildren();

async function takeBack(barcode, branch) {
  let done;
  try {
    done = await bringBack(barcode, branch);
  } catch (error) {
    refusal(answers, word("not_done"), barcode, error);
    return;
  }
  const title = done.loan?.title ?? done.hold?.title;
  answer(answers, done.next === "shelf" && done.notice === null ? "good" : "note", whereTo(done), title ? `${title} (${barcode})` : barcode,
    done.loan === null ? word("was_not_lent") : "",
    done.notice === null ? "" : notice(done.copy_status, done.notice),
    done.next === "hold_shelf" && done.hold?.pickup_until ? word("pickup_until", { day: day(done.hold.pickup_until, zoneOf(done.hold.pickup_branch)) }) : "",
    done.fine ? word("late_fine", { amount: money(done.fine.amount) }) : "");
}

const FOUND = new Set(["missing", "lost"]); // statuses that end when the copy is seen

function whereTo(done) {
  if (done.notice !== null && !FOUND.has(done.copy_status)) return word("put_aside");
  if (done.next === "shelf") return word("next_shelf");
  if (done.next === "hold_shelf") return word("next_hold_shelf");
  const branch = done.hold?.pickup_branch ?? done.transit_to;
  return branch ? word("next_transit", { branch }) : word("next_home");
}
