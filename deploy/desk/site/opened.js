// What is loaded only when it is opened: its module, and the sentences that none of the modules says which are there from the start.

import { Refused } from "./library.js";
import { sayMore } from "./words.js";

/** Return what `load()` imports, able to speak. Throws Refused, as a question does that nobody answers, where it cannot be had. */
export async function opened(load) {
  try {
    const [found] = await Promise.all([load(), sayMore()]);
    return found;
  } catch (error) {
    if (error instanceof SyntaxError) throw error; // a mistake of the page's own
    throw new Refused(0, []);
  }
}
