// The three services as the page calls them: their public API, as any client would.

import { token } from "./sign_in.js";

let addresses = {};
const zones = new Map(); // of the branches, by code

/** Say where the services are: `{books, members, loans}`. */
export function useServices(found) {
  addresses = found;
}

/** Return the time zone in which a branch counts its days; undefined, the browser's own, where it is not known. */
export const zoneOf = (branch) => zones.get(branch);

/** A refusal or a failure: `refusals` holds all that was said against the request, `status` is 0 without an answer. */
export class Refused extends Error {
  constructor(status, refusals) {
    super(refusals.map((each) => each.detail).join(" "));
    this.status = status;
    this.refusals = refusals;
  }
}

async function send(method, service, path, { query, body, key } = {}) {
  const url = new URL(`${addresses[service]}/v1/${path}`, location.href);
  for (const [name, value] of Object.entries(query ?? {})) if (value) url.searchParams.set(name, value);
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key !== undefined) headers["Idempotency-Key"] = key;
  const request = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" };
  let answer = await attempt(url, request, await bearer());
  if (answer.status === 401) {
    const fresh = await bearer({ renewed: true });
    if (fresh !== null) answer = await attempt(url, request, fresh);
  }
  const told = await answer.json().catch(() => null);
  if (answer.ok) return told;
  throw new Refused(answer.status, told?.errors?.length ? told.errors : [{ code: told?.code ?? "", detail: told?.detail ?? `HTTP ${answer.status}` }]);
}

/** Return the token to send; where members does not answer just when it is to be renewed, nobody does. */
async function bearer(options) {
  try {
    return await token(options);
  } catch {
    throw new Refused(0, []);
  }
}

async function attempt(url, request, access) {
  if (access !== null) request.headers.Authorization = `Bearer ${access}`;
  try {
    return await fetch(url, request);
  } catch {
    throw new Refused(0, []);
  }
}

/** Do something once: without an answer, it is sent again under the same key, which cannot do it twice. */
async function act(service, path, body) {
  const key = crypto.randomUUID();
  for (let tries = 1; ; tries += 1) {
    try {
      return await send("POST", service, path, { body, key });
    } catch (error) {
      const mayHaveBeenDone = error instanceof Refused && (error.status === 0 || error.status >= 500);
      if (!mayHaveBeenDone || tries === 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400 * tries));
    }
  }
}

const get = (service, path, query) => send("GET", service, path, { query });

/** Return the branches, and remember their time zones. */
export async function branches() {
  const known = (await get("books", "branches", { limit: 100 })).items;
  for (const each of known) zones.set(each.code, each.timezone);
  return known;
}

export const account = () => get("members", "accounts/me");
export const memberByCard = async (card) => (await get("members", "members", { card_number: card })).items[0] ?? null;
/** Return the members with this telephone, e-mail address or card, or with a name whose words begin so; each is put on record as shown. */
export const membersKnownAs = (words, cursor) => get("members", "members", { q: words, limit: 10, cursor });
export const member = (id) => get("members", `members/${id}`);
export const borrower = (member) => get("loans", `borrowers/${member}`);
export const openLoans = async (member) => (await get("loans", "loans", { member_id: member, status: "open", limit: 100 })).items;
export const checkOut = (copy, card, branch, override) =>
  act("loans", "loans", { copy_barcode: copy, card_number: card, ...(branch && { branch }), ...(override && { override }) });
export const renew = (loan) => act("loans", `loans/${loan}/renew`);
export const bringBack = (copy, branch) => act("loans", "returns", { copy_barcode: copy, ...(branch && { branch }) });
export const pullList = (branch, cursor) => get("loans", "holds/pull-list", { branch, limit: 100, cursor });
export const notFound = (hold) => act("loans", `holds/${hold}/not-found`);
export const copyByBarcode = async (barcode) => (await get("books", "copies", { barcode })).items[0] ?? null;
export const search = (words, cursor) => get("books", "books", { q: words, limit: 20, cursor });
