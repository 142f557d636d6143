// What the desk keeps without a line, tried without a browser: its disk and its line are a test's own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Kept, NoKey, seal, unseal } from "../../../deploy/desk/site/keep.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };

async function aKey() {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  return crypto.subtle.exportKey("jwk", pair.privateKey);
}

/** A disk, as the browser's: it keeps copies. */
class Disk {
  stores = { acts: new Map(), keys: new Map() };
  #place = 0;
  all = async (store) => [...this.stores[store].values()].map((each) => structuredClone(each));
  put = async (store, record) => {
    const place = store === "keys" ? record.account : (record.place ?? ++this.#place);
    this.stores[store].set(place, structuredClone(store === "keys" ? record : { ...record, place }));
  };
  remove = async (store, place) => this.stores[store].delete(place);
  text = () => JSON.stringify([...this.stores.acts.values(), ...this.stores.keys.values()]) +
    [...this.stores.acts.values()].map(({ sealed }) => Buffer.from(sealed.hidden).toString("latin1")).join("");
}

/** A library that does an act once, however often it is asked under its key, and loses answers as it is told. */
class Library {
  done = [];
  losing = 0;
  answers = new Map();
  send = async (act, key) => {
    if (!this.answers.has(key)) {
      this.done.push(act.barcode);
      this.answers.set(key, { title: act.barcode });
    }
    if (this.losing-- > 0) throw Object.assign(new Error(), { unanswered: true, refusals: [] });
    if (act.barcode.startsWith("no")) throw Object.assign(new Error(), { refusals: [{ code: "copy-not-found", detail: "No." }] });
    return this.answers.get(key);
  };
}

const desk = (disk, library, account) => new Kept({ store: disk, send: library.send, signedIn: () => account });
const act = (barcode) => ({ kind: "lend", barcode, card: "20000000000018", at: "2026-03-02T10:00:00.000Z" });

test("only the private half of the key opens what was sealed, under the name for which it was", async () => {
  const key = await aKey();
  const [own, other] = [await privately(key), await privately(await aKey())];
  const sealed = await seal(await publicly(key), act("1"), "name");

  assert.deepEqual(await unseal(own, sealed, "name"), act("1"));
  await assert.rejects(unseal(other, sealed, "name"));
  await assert.rejects(unseal(own, sealed, "another"));
  await assert.rejects(unseal(own, { ...sealed, hidden: sealed.hidden.with(0, sealed.hidden[0] ^ 1) }, "name"));
});

test("nothing can be kept where nobody ever signed in", async () => {
  await assert.rejects(desk(new Disk(), new Library(), null).keep(act("1")), NoKey);
});

test("nobody reads on the disk what was kept, nor finds the key there", async () => {
  const [disk, key] = [new Disk(), await aKey()];
  const kept = desk(disk, new Library(), "clerk");
  await kept.know("clerk", key);
  await kept.keep(act("30000000000019"));

  for (const secret of ["30000000000019", "20000000000018", "lend", key.d]) assert.ok(!disk.text().includes(secret), secret);
});

test("a browser that was killed goes on keeping, and all of it is sent in order after the next sign-in", async () => {
  const [disk, library, key] = [new Disk(), new Library(), await aKey()];
  const before = desk(disk, library, "clerk");
  await before.know("clerk", key);
  await before.keep(act("1"));
  let account = null; // until somebody signs in
  const after = new Kept({ store: disk, send: library.send, signedIn: () => account });
  await after.keep(act("2"));
  await after.send();
  assert.deepEqual([library.done, await after.waiting()], [[], { own: 0, others: 2 }]);

  account = "clerk";
  await after.know("clerk", key);
  await after.send();

  assert.deepEqual([library.done, await after.waiting()], [["1", "2"], { own: 0, others: 0 }]);
});

test("a lost answer stops the rest, and nothing is done twice or lost", async () => {
  const [disk, library, key] = [new Disk(), new Library(), await aKey()];
  const kept = desk(disk, library, "clerk");
  await kept.know("clerk", key);
  for (const each of ["1", "2", "3"]) await kept.keep(act(each));
  library.losing = 1;

  await assert.rejects(kept.send());
  assert.deepEqual([library.done, await kept.waiting()], [["1"], { own: 3, others: 0 }]);
  await kept.send();

  assert.deepEqual(library.done, ["1", "2", "3"]);
  assert.deepEqual((await kept.results()).map(({ act }) => act.barcode), ["1", "2", "3"]);
});

test("what was refused is among the results, which stay until they were seen", async () => {
  const [disk, library, key] = [new Disk(), new Library(), await aKey()];
  const kept = desk(disk, library, "clerk");
  await kept.know("clerk", key);
  for (const each of ["1", "no-2", "3"]) await kept.keep(act(each));
  await kept.send();
  const again = desk(disk, library, "clerk");
  await again.know("clerk", key);

  assert.deepEqual((await again.results()).map(({ refusals }) => refusals.map(({ code }) => code)), [[], ["copy-not-found"], []]);
  await again.seen((await again.results()).map(({ place }) => place));
  assert.deepEqual([await again.results(), await disk.all("acts")], [[], []]);
});

test("what was refused while an earlier list was on the screen outlives that list", async () => {
  const [disk, library, key] = [new Disk(), new Library(), await aKey()];
  const kept = desk(disk, library, "clerk");
  await kept.know("clerk", key);
  await kept.keep(act("1"));
  await kept.send();
  const drawn = await kept.results();
  for (const each of ["no-2", "3"]) await kept.keep(act(each));
  await kept.send();

  await kept.seen(drawn.map(({ place }) => place));

  assert.deepEqual((await kept.results()).map(({ act }) => act.barcode), ["no-2", "3"]);
});

test("what one account kept is neither sent nor shown by another", async () => {
  const [disk, library] = [new Disk(), new Library()];
  const kept = desk(disk, library, "clerk");
  await kept.know("clerk", await aKey());
  await kept.keep(act("1"));
  const other = desk(disk, library, "colleague");
  await other.know("colleague", await aKey());

  await other.send();

  assert.deepEqual([library.done, await other.waiting()], [[], { own: 0, others: 1 }]);
});

test("an account that is signed in keeps its own, though its key be unknown yet and somebody else came later", async () => {
  const [disk, library, key] = [new Disk(), new Library(), await aKey()];
  await desk(disk, library, "clerk").know("clerk", key);
  await soon();
  const other = desk(disk, library, "colleague");
  await other.know("colleague", await aKey());
  const reloaded = desk(disk, library, "clerk");
  await reloaded.keep(act("1"));

  await other.send();
  assert.deepEqual([library.done, await reloaded.waiting(), await other.waiting()], [[], { own: 1, others: 0 }, { own: 0, others: 1 }]);
  await reloaded.know("clerk", key);
  await reloaded.send();

  assert.deepEqual(library.done, ["1"]);
});

test("nothing is sealed to a colleague for an account that never had a key here", async () => {
  const disk = new Disk();
  await desk(disk, new Library(), "colleague").know("colleague", await aKey());

  await assert.rejects(desk(disk, new Library(), "clerk").keep(act("1")), NoKey);
});

test("what is kept before anybody signs in is for who came last, and only that account sends it", async () => {
  const [disk, library, key] = [new Disk(), new Library(), await aKey()];
  const [first, last] = [desk(disk, library, "clerk"), desk(disk, library, "colleague")];
  await first.know("clerk", await aKey());
  await soon();
  await last.know("colleague", key);
  await desk(disk, library, null).keep(act("1"));

  await first.send();
  assert.deepEqual(library.done, []);
  await last.send();

  assert.deepEqual(library.done, ["1"]);
});

test("a key that is known here sends nothing once another account is signed in", async () => {
  const [disk, library] = [new Disk(), new Library()];
  let account = "clerk";
  const kept = new Kept({ store: disk, send: library.send, signedIn: () => account });
  await kept.know("clerk", await aKey());
  await kept.keep(act("1"));

  account = "colleague";
  await kept.send();

  assert.deepEqual([library.done, await kept.results(), await kept.waiting()], [[], [], { own: 0, others: 1 }]);
});

test("an act that cannot be opened holds up no other, and is listed until somebody has seen it", async () => {
  const [disk, library] = [new Disk(), new Library()];
  const kept = desk(disk, library, "clerk");
  await kept.know("clerk", await aKey());
  for (const each of ["1", "2", "3", "4"]) await kept.keep(act(each));
  const [first, second] = await disk.all("acts");
  await disk.put("acts", { ...first, sealed: { ...first.sealed, hidden: first.sealed.hidden.with(0, first.sealed.hidden[0] ^ 1) } });
  await disk.put("acts", { ...second, sealed: undefined });

  await kept.send();

  const results = await kept.results();
  assert.deepEqual([library.done, await kept.waiting()], [["3", "4"], { own: 2, others: 0 }]);
  assert.deepEqual(results.map(({ act, keptAt, isDone }) => act?.barcode ?? [keptAt, isDone]), [[first.keptAt, false], [second.keptAt, false], "3", "4"]);
  assert.ok(Math.abs(Date.now() - first.keptAt) < 60_000);
  await kept.seen(results.map(({ place }) => place));
  assert.deepEqual([await kept.results(), await kept.waiting()], [[], { own: 0, others: 0 }]);
});

test("under another key nothing is sent, all is listed, and the first key opens it still", async () => {
  const [disk, library, key] = [new Disk(), new Library(), await aKey()];
  const kept = desk(disk, library, "clerk");
  await kept.know("clerk", key);
  await kept.keep(act("1"));
  await kept.send();
  await kept.keep(act("2"));

  await kept.know("clerk", await aKey());
  await kept.send();
  assert.deepEqual((await kept.results()).map(({ act, isDone }) => [act, isDone]), [[undefined, true], [undefined, false]]);
  await kept.know("clerk", key);
  await kept.send();

  assert.deepEqual([library.done, (await kept.results()).map(({ act }) => act.barcode)], [["1", "2"], ["1", "2"]]);
});

/** Let the clock go on, so that who comes now came later. */
const soon = () => new Promise((resolve) => setTimeout(resolve, 2));
const privately = (key) => crypto.subtle.importKey("jwk", key, CURVE, false, ["deriveBits"]);
const publicly = ({ kty, crv, x, y }) => crypto.subtle.importKey("jwk", { kty, crv, x, y }, CURVE, false, []);
