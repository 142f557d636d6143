// The keys of the desk, shown at `?`.

import { find, make } from "./page.js";
import { word } from "./words.js";

const KEYS = [
  ["Alt+1", "lend"], ["Alt+2", "return"], ["Alt+3", "pull"], ["Alt+4", "search"], ["Alt+5", "lists"], ["Alt+6", "figures"], ["Alt+7", "messages"], ["Alt+N", "new_member"], ["Alt+R", "about_reader"], ["Alt+H", "key_holds"], ["Alt+M", "money"], ["Alt+P", "key_print"],
  ["Enter", "key_enter"], ["Esc", "key_escape"], ["↑ ↓", "key_arrows"], ["?", "key_help"],
];

/** Show the keys. */
export function show() {
  const dialog = find("keys") ?? make("dialog", { id: "keys", "aria-labelledby": "keys-title" });
  if (dialog.open) return;
  document.body.append(dialog);
  const close = make("button", { type: "button", class: "main", onclick: () => dialog.close() }, word("close"));
  dialog.replaceChildren(make("h2", { id: "keys-title" }, word("keys")),
    make("dl", {}, ...KEYS.flatMap(([key, name]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, word(name))])), close);
  dialog.showModal();
  close.focus();
}
