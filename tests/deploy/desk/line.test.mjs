// When the desk counts as without a line, and what opens then, without a browser: its network is a test's own.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

const SITE = new URL("../../../deploy/desk/site/", import.meta.url);
const SCOPE = "https://library.example/";

globalThis.fetch = async (url) => new Response(fs.readFileSync(new URL(url)));
globalThis.localStorage = { getItem: () => null };
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] } });
const { answers, useServices } = await import(new URL("library.js", SITE));
const answering = (status) => async () => new Response(status < 400 ? "fresh" : "{}", { status });
const nobody = async () => { throw new TypeError("Failed to fetch"); };

test("a gateway or a service that only says it cannot is no answer, a refusal is one", async () => {
  useServices({ loans: `${SCOPE}loans` });
  const [found, asked] = [[], new Set()];
  for (const network of [answering(200), answering(401), answering(429), answering(500), answering(502), answering(503), nobody]) {
    globalThis.fetch = (url) => network(asked.add(url));
    found.push(await answers());
  }

  assert.deepEqual(found, [true, true, true, false, false, false, false]);
  assert.deepEqual([...asked], [`${SCOPE}loans/v1/hold-queues?book_id=00000000-0000-0000-0000-000000000000`]);
});

/** The service worker, with the page itself and one file kept; returns what a request is answered, or null where it keeps out. */
function worker(network) {
  const handlers = {};
  const kept = new Map([[SCOPE, "kept page"], [`${SCOPE}desk.js`, "kept file"]]);
  const keptAt = (url) => (kept.has(url) ? new Response(kept.get(url)) : undefined);
  const caches = { match: async (url) => keptAt(url.split("?")[0]), has: async () => true };
  const self = { addEventListener: (name, handler) => { handlers[name] = handler; }, registration: { scope: SCOPE } };
  new Function("self", "caches", "fetch", fs.readFileSync(new URL("sw.js", SITE), "utf8"))(self, caches, network);
  return async (path, mode = "cors") => {
    let answer = null;
    const request = { method: "GET", url: SCOPE + path, mode, headers: new Headers() };
    handlers.fetch({ request, waitUntil: () => {}, respondWith: (promise) => { answer = promise; } });
    const given = await answer;
    return given && `${given.status} ${await given.text()}`;
  };
}

test("the page and its files open though nobody answers, or a gateway alone does", async () => {
  for (const network of [nobody, answering(502), answering(503)]) {
    const get = worker(network);

    assert.deepEqual([await get("?code=1", "navigate"), await get("desk.js")], ["200 kept page", "200 kept file"]);
  }
});

test("a file that breaks off in the midst, or stalls there for long, is answered from what is here", async () => {
  const begins = (then) => async (_, { signal } = {}) => new Response(new ReadableStream({ start: (stream) => {
    stream.enqueue(new TextEncoder().encode("fre"));
    then(stream, signal);
  } }));
  const breaksOff = begins((stream) => stream.error(new TypeError("network error")));
  const stalls = begins((stream, signal) => signal.addEventListener("abort", () => stream.error(signal.reason)));
  const soon = AbortSignal.timeout;
  AbortSignal.timeout = () => {
    const after = new AbortController();
    setTimeout(() => after.abort(), 10);
    return after.signal;
  };

  assert.deepEqual([await worker(breaksOff)("desk.js"), await worker(stalls)("desk.js")], ["200 kept file", "200 kept file"]);
  AbortSignal.timeout = soon;
});

test("with a line all is fresh, and a page that is gone is not shown", async () => {
  assert.deepEqual([await worker(answering(200))("", "navigate"), await worker(answering(404))("desk.js")], ["200 fresh", "404 {}"]);
});

test("no page of a service is answered with that of the desk, and no question to one is touched", async () => {
  const get = worker(answering(503));

  assert.deepEqual([await get("loans/docs", "navigate"), await get("loans/v1/loans")], ["503 {}", null]);
  await assert.rejects(worker(nobody)("loans/docs", "navigate"), TypeError);
});
