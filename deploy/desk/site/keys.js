// A scanner types, wherever the caret is: what it reads goes into the field of the view, unless somebody types elsewhere.

import { isTypedInto } from "./page.js";

const SOON = 1_000; // milliseconds between two keys of a scan, at most

/** Listen to the keys of the whole page. `field()` is where a scan belongs, undefined where nobody is signed in and null
 *  where nothing is scanned; then `lost` hears of it. `escape` is called at Esc. */
export function listen({ field, lost, escape }) {
  let heard = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") escape();
    const to = field();
    if (to === undefined || isTypedInto(document.activeElement)) return;
    if (to !== null) {
      if (!begins(event.key)) return;
      to.focus(); // so that this key goes there, too
      to.select(); // what was left there is none of it
      return;
    }
    if (event.timeStamp - last > SOON) heard = "";
    last = event.timeStamp;
    if (event.key === "Enter" && heard !== "") {
      event.preventDefault(); // of whatever button has the focus
      lost(heard);
      heard = "";
    } else if (begins(event.key) || (event.key === " " && heard !== "")) {
      event.preventDefault(); // or a list of choices takes it for one
      heard += event.key;
    }
  });
}

/** Whether a key may be the first of a scan. A space presses a button. */
const begins = (key) => [...key].length === 1 && key !== " ";
