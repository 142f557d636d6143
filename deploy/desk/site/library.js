// The three services as the page calls them: their public API, as any client would.

import { clock, PATIENCE, persist } from "./patience.js";
import { token } from "./sign_in.js";
import { spoken, word } from "./words.js";

const NO_BOOK = "00000000-0000-0000-0000-000000000000";
const LONGEST = 20_000; // milliseconds in which an answer comes, or none

let addresses = {};
let known = []; // the branches
let terms = []; // of the categories of membership

/** Say where the services are: `{books, members, loans}`. */
export function useServices(found) {
  addresses = found;
}

/** Return the time zone in which a branch counts its days; undefined, the browser's own, where it is not known. */
export const zoneOf = (branch) => known.find(({ code }) => code === branch)?.timezone;

/** Return the name of a branch, or its code where it is not known. */
export const branchName = (branch) => known.find(({ code }) => code === branch)?.name ?? branch;

/** Return the branches that are open, as choices: code and name. */
export const branchChoices = () => known.filter(({ closed_at }) => !closed_at).map(({ code, name }) => [code, name]);

/** A refusal or a failure: `refusals` holds all that was said against the request, `status` is 0 without an answer. */
export class Refused extends Error {
  constructor(status, refusals) {
    super(refusals.map((each) => each.detail).join(" "));
    this.status = status;
    this.refusals = refusals;
  }

  /** Whether the same may have another answer in a moment: nobody answered, or nobody could, or it is still being done. */
  get unanswered() {
    return this.status === 0 || this.status === 429 || this.status >= 500 || this.refusals.some(({ code }) => code === "idempotency-key-in-use");
  }
}

async function send(method, service, path, { query, body, key, version, tagged = false, accept } = {}) {
  const url = new URL(`${addresses[service]}/v1/${path}`, location.href);
  for (const [name, value] of Object.entries(query ?? {})) for (const each of [value].flat()) if (each) url.searchParams.append(name, each);
  const headers = { Accept: accept ?? "application/json", "Accept-Language": spoken() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key !== undefined) headers["Idempotency-Key"] = key;
  if (version !== undefined) headers["If-Match"] = String(version).startsWith('"') ? version : `"${version}"`;
  const request = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" };
  let answer = await attempt(url, request, await bearer());
  if (answer.status === 401) {
    const fresh = await bearer({ renewed: true });
    if (fresh !== null) answer = await attempt(url, request, fresh);
  }
  if (answer.ok && accept !== undefined) return answer.status === 204 ? null : answer.blob();
  const told = await answer.json().catch(() => null);
  if (answer.ok) return tagged ? { ...told, tag: answer.headers.get("ETag") } : told;
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
    return await fetch(url, { ...request, signal: AbortSignal.timeout(LONGEST) });
  } catch {
    throw new Refused(0, []);
  }
}

/** Ask for something to be done. With the same key it is done once, however often it is asked for. */
const act = (service, path, body, key) => send("POST", service, path, { body, key });

const get = (service, path, query) => send("GET", service, path, { query });

/** Ask until there is an answer, or none for long. */
const patiently = (ask) => persist(ask, { until: clock.now() + PATIENCE });

/** Ask a service for something to be read. `tagged` adds the entity tag of the answer as `tag`. */
export const read = (service, path, query, { tagged = false } = {}) => patiently(() => send("GET", service, path, { query, tagged }));

/** Ask a service for a list as a file for spreadsheets. */
export const spreadsheet = (service, path, query) => patiently(() => send("GET", service, path, { query, accept: "text/csv" }));

/** Ask a service for a picture; null where there is none. */
export const picture = (service, path) => patiently(() => send("GET", service, path, { query: { or_nothing: true }, accept: "image/*" }));

/** Ask a service for something to be done, until there is an answer: once under this key, and to this version where one is given. */
export const change = (service, path, body, { method = "POST", key, version } = {}) =>
  patiently(() => send(method, service, path, { body, key, version }));

/** Return the branches, and remember them. */
export async function branches() {
  known = (await get("books", "branches", { limit: 100 })).items;
  return known;
}

/** Remember what the categories of membership are called. */
export async function rememberCategories() {
  terms = (await get("members", "categories")).items;
}

const named = ({ category, name, names }) => [category, names?.[spoken()] ?? name];

/** Return the categories of membership as choices: code and name. */
export const categoryChoices = () => terms.map(named);

/** Return what a category is called, or its code where that is not known. */
export const categoryName = (code) => new Map(terms.map(named)).get(code) ?? code;

export const account = () => get("members", "accounts/me");

/** Return the rights of whoever is signed in: each with the branches in which it is held, null for all. */
export const ownRights = async () => (await get("members", "accounts/me/rights")).items;
export const memberByCard = async (card) => (await get("members", "members", { card_number: card })).items[0] ?? null;
/** Return the members with this telephone, e-mail address or card, or with a name whose words begin so; each is put on record as shown. */
export const membersKnownAs = (words, cursor) => get("members", "members", { q: words, limit: 10, cursor });
export const member = (id) => patiently(() => get("members", `members/${id}`));
export const borrower = (member) => patiently(() => get("loans", `borrowers/${member}`));
export const openLoans = async (member) =>
  (await patiently(() => get("loans", "loans", { member_id: member, status: "open", limit: 100 }))).items;

const ACTS = {
  lend: ({ barcode, branch, override, notes_confirmed, return_first }, { card_number }, key) =>
    act("loans", "loans", { copy_barcode: barcode, card_number, ...(branch && { branch }), override, notes_confirmed, return_first }, key),
  renew: ({ loan_id, at, seen }, _, key) => act("loans", `loans/${loan_id}/renew`, { ...(at && { branch: at }), seen }, key),
  return: takeBack,
  undo: takeBack,
};

function takeBack({ barcode, branch, returned_at, notes_confirmed }, _, key) {
  return act("loans", "returns", { copy_barcode: barcode, ...(branch && { branch }), returned_at, notes_confirmed }, key);
}

/** Do what was scanned, for the member of its turn. */
export const perform = ({ kind, what, turn, key }) => ACTS[kind](what, turn.member, key);

/** Return whose card this is; where it is nobody's, whether it is on a copy. */
export async function lookUp(card) {
  const member = await memberByCard(card);
  return { member, isCopy: member === null && (await copyByBarcode(card)) !== null };
}

export const pullList = (branch, cursor) => get("loans", "holds/pull-list", { branch, limit: 100, cursor });

export function notFound(hold) {
  const key = crypto.randomUUID();
  return patiently(() => act("loans", `holds/${hold}/not-found`, undefined, key));
}

/** Return the book of a copy with this barcode or of an ISBN, and that copy where there is one; null where there is neither. */
export async function bookOf(code) {
  const copy = await copyByBarcode(code);
  if (copy !== null) return { copy, book: await book(copy.book_id) };
  const [found] = isIsbn(code) ? (await get("books", "books", { isbn: code, limit: 1 })).items : [];
  return found === undefined ? null : { copy, book: found };
}

/** Whether a code is that of a book in print: the digits before the last prove it. */
export function isIsbn(code) {
  const digits = code.replaceAll("-", "");
  return /^97[89]\d{10}$/.test(digits) && [...digits].reduce((sum, digit, at) => sum + digit * (at % 2 ? 3 : 1), 0) % 10 === 0;
}

export const copyByBarcode = async (barcode) => (await get("books", "copies", { barcode })).items[0] ?? null;
export const book = (id) => get("books", `books/${id}`);
export const search = (words, cursor) => get("books", "books", { q: words, limit: 20, cursor });

/** Tell what was done while there was no line, under the key that it got then: the library notes it, and refuses little. */
export async function report({ kind, barcode, card, branch, at }, key) {
  const where = branch ? { branch } : {};
  const offline = { at };
  if (kind === "return") return act("loans", "returns", { copy_barcode: barcode, ...where, offline }, key);
  if (kind === "lend") return act("loans", "loans", { copy_barcode: barcode, card_number: card, ...where, offline }, key);
  const copy = await copyByBarcode(barcode);
  const found = copy === null ? [] : (await get("loans", "loans", { copy_id: copy.copy_id, status: "open", limit: 1 })).items;
  if (found.length === 0) throw new Refused(404, [{ code: "loan-not-found", detail: word("not_on_loan", { barcode }) }]);
  return act("loans", `loans/${found[0].loan_id}/renew`, { ...where, offline }, key);
}

/** Return the key with which the own account opens what its desk kept. */
export const deskKey = () => get("members", "accounts/me/desk-key");

/**
 * Return whether loans answers, and not merely a gateway before it. Health is not shown through a gateway, so a question is
 * asked that anybody may ask: how many wait for a book, here one that there is not.
 */
export async function answers() {
  const asked = `${addresses.loans}/v1/hold-queues?book_id=${NO_BOOK}`;
  try {
    return (await fetch(asked, { cache: "no-store", signal: AbortSignal.timeout(LONGEST) })).status < 500;
  } catch {
    return false;
  }
}
