// The keys of the desk, shown at `?`.

import { find, isTypedInto, make } from "./page.js";
import { word } from "./words.js";

const KEYS = [
  ["Alt+1", "lend"], ["Alt+2", "return"], ["Alt+3", "pull"], ["Alt+4", "search"], ["Alt+5", "lists"], ["Alt+6", "figures"], ["Alt+7", "messages"], ["Alt+N", "new_member"], ["Alt+P", "key_print"],
  ["Enter", "key_enter"], ["Esc", "key_escape"], ["↑ ↓", "key_arrows"], ["?", "key_help"],
];

/** Let `?` show the keys, wherever nobody is in the midst of typing. */
export function prepare() {
  document.body.append(make("dialog", { id: "keys", "aria-labelledby": "keys-title" }));
  find("settings").append(make("button", { type: "button", id: "show-keys", "data-word": "keys", onclick: show }, word("keys")));
  document.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || (isTypedInto(at) && at.value !== "")) return;
    event.preventDefault();
    event.stopPropagation(); // or it would be the first sign of a scan
    show();
  }, true);
}

function show() {
  const dialog = find("keys");
  if (dialog.open) return;
  const close = make("button", { type: "button", class: "main", onclick: () => dialog.close() }, word("close"));
  dialog.replaceChildren(make("h2", { id: "keys-title" }, word("keys")),
    make("dl", {}, ...KEYS.flatMap(([key, name]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, word(name))])), close);
  dialog.showModal();
  close.focus();
}
