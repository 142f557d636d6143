// What the person who is signed in may do; a button that leads to a refusal only is not shown.

let held = new Set();

/** Say what the person may do, by the names of scopes. */
export function hold(scopes) {
  held = new Set(scopes);
}

/** Whether the person has this. */
export const may = (scope) => held.has(scope);

/** Return what `make` makes where the person may use it, and nothing elsewhere. */
export const isFor = (scope, make) => (may(scope) ? make() : null);
