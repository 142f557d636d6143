// How staff go on where something was said against an act: against the rules, for a reason, or once they have seen to a note.

import { Refused } from "./library.js";
import { make } from "./page.js";
import { may } from "./rights.js";
import { word } from "./words.js";

const NEVER = new Set(["copy-on-loan", "copy-not-found", "member-not-found", "card-replaced", "card-stopped", "member-leaving", "neighbour-unavailable", "unknown-branch", "notes-not-confirmed", ""]);

/** Whether staff may have their way against what was said. */
export const mayBeOverridden = (error) => may("override") && error instanceof Refused && (error.status === 409 || error.status === 422)
  && error.refusals.every((each) => !NEVER.has(each.code) && each.captured !== true && each.pointer === undefined);

/** Return a form for the reason why something is done all the same; `go` hears of the override. */
export function reasonForm(error, label, go) {
  const reason = make("input", { required: true, maxlength: "500", "aria-label": word("why"), placeholder: word("why") });
  return make("form", { onsubmit: (event) => {
    event.preventDefault();
    go({ codes: error.refusals.map((each) => each.code), comment: reason.value.trim() });
  } }, reason, make("button", {}, label));
}

/** Return what was noted of a copy that staff have yet to confirm, and a button to do so; nothing where that is not what was said. */
export function confirmation(error, go) {
  const asked = (error?.refusals ?? []).find(({ code }) => code === "notes-not-confirmed");
  if (asked === undefined) return [];
  return [...(asked.notes ?? []).map((text) => word("note_of_copy", { text })), make("button", { type: "button", onclick: go }, word("confirm_notes"))];
}
