// Lets the page open without a line. With one, everything comes from the library, as ever; only what cannot be had from there
// comes from what was kept. Questions to the three services are never answered from here, and nothing of them is kept.

const KEPT = "desk-page-";
const LONGEST = 4_000; // milliseconds for which a file is waited for when there is one here

self.addEventListener("install", (event) => event.waitUntil(keepPage().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isPage = request.method === "GET" && request.url.startsWith(self.registration.scope) && !request.url.includes("/v1/");
  if (!isPage || request.headers.has("Authorization") || request.url.endsWith("/files.json") || request.url.includes("/health/")) return;
  if (request.mode === "navigate") event.waitUntil(keepPage().catch(() => {}));
  event.respondWith(answer(request));
});

/** Keep all files of the page, if they are others than those kept; all of them, or those from before stay. */
async function keepPage() {
  const { version, files } = await (await fetch("files.json", { cache: "no-cache" })).json();
  if (await caches.has(KEPT + version)) return;
  const fresh = await caches.open(`${KEPT}new`);
  await fresh.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
  const cache = await caches.open(KEPT + version);
  for (const request of await fresh.keys()) await cache.put(request, await fresh.match(request));
  for (const name of await caches.keys()) if (name.startsWith(KEPT) && name !== KEPT + version) await caches.delete(name);
}

async function answer(request) {
  const kept = await caches.match(request.url, { ignoreSearch: true });
  if (kept === undefined) return fetch(request);
  try {
    return orKept(request.mode === "navigate" ? await fetch(request) : await whole(request), kept);
  } catch {
    return kept;
  }
}

/** Fetch a file to its end: one that breaks off in the midst would end the page, though all of it is here. */
async function whole(request) {
  const fresh = await fetch(request, { signal: AbortSignal.timeout(LONGEST) });
  return new Response(await fresh.blob(), { status: fresh.status, headers: fresh.headers });
}

const orKept = (fresh, kept) => (fresh.status >= 500 ? kept : fresh); // a gateway speaks for whoever is not there
