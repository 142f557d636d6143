// The newest verdict, large and always in sight: amber at once, then green, red or "look here". It is for eyes and, by its
// sounds, for ears; whoever listens to a screen reader hears each verdict where it stands, and not once more.

import { fill, find } from "./page.js";
import { sound } from "./sounds.js";

const heard = new WeakMap(); // what was said last of each scan
let shown = null; // the scan whose verdict is in sight

/** Show what is said of `about`, a scan or whatever else asked for it. The same said again makes no sound. */
export function show(about, kind, headline, ...lines) {
  const isNews = heard.get(about) !== kind;
  heard.set(about, kind);
  if (!isNews && about !== shown) return;
  shown = about;
  fill(find("verdict"), kind, headline, ...lines.filter((each) => typeof each === "string").slice(0, 3));
  find("verdict").removeAttribute("aria-busy");
  find("verdict").hidden = false;
  if (isNews) sound(kind);
}

/** Take the verdict away: somebody else is there, or another view. With a scan, only where it is about that one. */
export function clear(about = shown) {
  if (about === shown) find("verdict").hidden = true;
}

/** Say what came of an act that was not scanned, once to everybody. */
export function say(about, kind, headline, ...lines) {
  show(about, kind, headline, ...lines);
  find("aloud").textContent = [headline, ...lines.filter((each) => typeof each === "string")].filter(Boolean).join(". ");
}
