// What the person who is signed in may do, and in which branches; a button that leads to a refusal only is not shown.

let held = null; // by right its branches, null for all of them; null while nobody has told

/** Say what the person may do: `{right, branches}` each, as members tells it; null where it does not, and then all is shown. */
export function hold(rights) {
  held = rights && new Map(rights.map(({ right, branches }) => [right, branches]));
}

/** Whether it is known what the person may do. */
export const isKnown = () => held !== null;

/** Whether the person has a right: in this branch, or without one in any. */
export function may(right, branch) {
  if (held === null) return true;
  if (!held.has(right)) return false;
  const branches = held.get(right);
  return branches === null || !branch || branches.includes(branch.toUpperCase());
}

/** Return the branches in which the person has a right; null for all of them, or while nobody has told. */
export const reach = (right) => held?.get(right) ?? null;

/** Return what `make` makes where the person has the right, and nothing elsewhere. */
export const isFor = (right, make, branch) => (may(right, branch) ? make() : null);
