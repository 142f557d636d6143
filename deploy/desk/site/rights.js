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

/**
 * Return the branch in which to do what the library allows in one: this, or without one the only one in which the person has the
 * right; "" where that is every branch, and null where the person may not, or has to choose a branch first.
 */
export function placeFor(right, branch) {
  if (!may(right, branch)) return null;
  const branches = reach(right);
  if (branch || branches === null) return branch;
  return branches.length === 1 ? branches[0] : null;
}

/** Return what `make` makes where the person has the right, and nothing elsewhere. */
export const isFor = (right, make, branch) => (may(right, branch) ? make() : null);
