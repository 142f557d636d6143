// What is scanned at the desk, and what becomes of it, without a browser: on a line and at a time that a test has in hand.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { PATIENCE } from "../../../deploy/desk/site/patience.js";
import { inTrouble, Scans, underWay } from "../../../deploy/desk/site/scans.js";

const ALAN = { name: "Alan", card_number: "C1" };
const ADA = { name: "Ada", card_number: "C2" };
const MEMBERS = { C1: ALAN, C2: ADA };

const lost = () => Object.assign(new Error("no answer"), { unanswered: true });

/** A time that passes when a test says so. */
class Time {
  #now = 0;
  #waiting = [];
  now = () => this.#now;
  pause = (milliseconds) => new Promise((resolve) => this.#waiting.push({ at: this.#now + milliseconds, resolve }));

  /** Let time pass until nobody waits any more, or so many milliseconds. */
  async pass(milliseconds = Infinity) {
    const end = this.#now + milliseconds;
    for (await settled(); this.#waiting.length > 0; await settled()) {
      this.#waiting.sort((one, other) => one.at - other.at);
      if (this.#waiting[0].at > end) break;
      const { at, resolve } = this.#waiting.shift();
      this.#now = at;
      resolve();
    }
    if (end !== Infinity) this.#now = end;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A library that does what it is asked for once for each key, on a line that a test makes slow or bad. */
class Library {
  holders = {}; // by copy
  asked = []; // [key, copy, card] of each time it was asked
  lookedUp = [];
  #done = new Map();

  constructor({ time = new Time(), line = async () => {} } = {}) {
    this.time = time;
    this.line = line;
    let keys = 0;
    this.heard = [];
    this.scans = new Scans({
      lookUp: (card) => this.#carry(() => this.#lookUp(card)),
      act: (scan) => this.#carry(() => this.#lend(scan)),
      changed: (turn, scan) => this.heard.push([turn, scan, scan?.state ?? turn.state]),
      newKey: () => `key-${(keys += 1)}`,
      time,
    });
  }

  async #carry(ask) {
    const isLostOnTheWayBack = await this.line();
    const answer = ask();
    if (isLostOnTheWayBack) throw lost();
    return answer;
  }

  #lookUp(card) {
    this.lookedUp.push(card);
    return { member: MEMBERS[card] ?? null, isCopy: card.startsWith("copy") };
  }

  #lend({ kind, what, turn, key }) {
    this.asked.push([key, what.barcode, turn.member?.card_number]);
    if (this.#done.has(key)) return this.#done.get(key);
    if (what.barcode === "copy of nobody") throw new Error("refused");
    const answer = { kind, barcode: what.barcode, holder: turn.member?.name };
    this.#done.set(key, answer);
    this.holders[what.barcode] = kind === "return" ? undefined : turn.member.name;
    return answer;
  }

  lend = (barcode, turn) => this.scans.scan("lend", { barcode }, turn);
}

const statesOf = (...scans) => scans.map((scan) => scan.state);
const after = (time, milliseconds) => () => time.pause(milliseconds);

describe("a scan", () => {
  test("belongs to the member who was shown at its Enter, whoever is there when it is done", async () => {
    const time = new Time();
    const library = new Library({ time, line: after(time, 1_500) });

    library.scans.card("C1");
    const copies = ["copy 1", "copy 2", "copy 3"].map((copy) => library.lend(copy));
    library.scans.nobody();
    library.scans.card("C2");
    const last = library.lend("copy 4");
    await time.pass();

    assert.deepEqual(library.holders, { "copy 1": "Alan", "copy 2": "Alan", "copy 3": "Alan", "copy 4": "Ada" });
    assert.deepEqual(statesOf(...copies, last), ["done", "done", "done", "done"]);
    assert.deepEqual([...copies, last].map((scan) => scan.late), [true, true, true, false]);
  });

  test("is asked for again under its key, for the same member, until there is an answer", async () => {
    const time = new Time();
    let times = 0;
    const library = new Library({ time, line: async () => [true, true, false][(times += 1) - 2] ?? false });

    library.scans.card("C1");
    const copy = library.lend("copy 1");
    await settled();
    library.scans.nobody();
    await time.pass();

    assert.equal(copy.state, "done");
    assert.equal(copy.asksAgain, true);
    assert.deepEqual(library.asked, Array(3).fill([copy.key, "copy 1", "C1"]));
  });

  test("that nobody answers for long says so, and is asked for once more under its key when it is told to", async () => {
    const time = new Time();
    const library = new Library({ time });
    library.scans.card("C1");
    await settled();
    library.line = async () => true;

    const copy = library.lend("copy 1");
    await time.pass();
    const [ended, waited] = [copy.state, time.now()];
    library.line = async () => false;
    library.scans.again(copy);
    await time.pass();

    assert.equal(ended, "unanswered");
    assert.ok(waited > PATIENCE / 2 && waited <= PATIENCE, `after ${waited} ms`);
    assert.equal(copy.state, "done");
    assert.deepEqual([...new Set(library.asked.map(([key]) => key))], [copy.key]);
  });

  test("behind others that nobody answers is asked for once at least, and not kept waiting for all of them in turn", async () => {
    const time = new Time();
    const library = new Library({ time });
    library.scans.card("C1");
    await settled();
    library.line = async () => true;

    const copies = ["copy 1", "copy 2", "copy 3"].map((copy) => library.lend(copy));
    await time.pass();

    assert.deepEqual(statesOf(...copies), ["unanswered", "unanswered", "unanswered"]);
    assert.ok(time.now() <= PATIENCE, `after ${time.now()} ms`);
    assert.equal(new Set(library.asked.map(([key]) => key)).size, 3);
  });

  test("that was refused keeps none behind it from being done, and is not asked for again", async () => {
    const library = new Library();

    library.scans.card("C1");
    const refused = library.lend("copy of nobody");
    const next = library.lend("copy 2");
    await library.time.pass();
    library.scans.again(refused);
    await library.time.pass();

    assert.deepEqual(statesOf(refused, next), ["refused", "done"]);
    assert.equal(library.asked.length, 2);
  });

  test("waits for earlier ones of the same copy, and for nobody else's", async () => {
    const time = new Time();
    const library = new Library({ time, line: after(time, 100) });
    library.scans.card("C1");
    await time.pass();

    const back = library.scans.scan("return", { barcode: "copy 1" }, library.scans.ofNobody);
    library.scans.scan("return", { barcode: "copy 2" }, library.scans.ofNobody);
    const again = library.lend("copy 1");
    await time.pass(150);

    assert.deepEqual(statesOf(back, again), ["done", "asking"]);
    await time.pass();
    assert.deepEqual([library.holders["copy 1"], library.holders["copy 2"]], ["Alan", undefined]);
  });
});

describe("what is scanned behind a card", () => {
  test("waits until it is known whose card it is", async () => {
    const time = new Time();
    const library = new Library({ time, line: after(time, 800) });

    library.scans.card("C1");
    const copies = ["copy 1", "copy 2", "copy 3"].map((copy) => library.lend(copy));
    await time.pass(700);
    const before = statesOf(...copies);
    await time.pass();

    assert.deepEqual(before, ["waiting", "waiting", "waiting"]);
    assert.deepEqual(library.lookedUp, ["C1"]);
    assert.deepEqual(Object.values(library.holders), ["Alan", "Alan", "Alan"]);
  });

  test("is left undone, each of it, where the card is nobody's", async () => {
    const library = new Library();

    const card = library.scans.card("C9");
    const copies = ["copy 1", "copy 2"].map((copy) => library.lend(copy));
    await library.time.pass();

    assert.deepEqual(statesOf(card, ...copies), ["undone", "undone", "undone"]);
    assert.deepEqual([library.scans.turn.state, library.scans.turn.card], ["nobody", "C9"]);
    assert.deepEqual(library.holders, {});
  });

  test("is the card itself where a copy was scanned in its place; that copy goes to nobody", async () => {
    const library = new Library();

    library.scans.card("copy 1");
    library.lend("C2");
    library.lend("copy 2");
    await library.time.pass();

    assert.equal(library.scans.turn.member, ADA);
    assert.deepEqual(library.holders, { "copy 2": "Ada" });
    assert.deepEqual(library.scans.gone.map((turn) => [turn.member, turn.scans.map(({ what }) => what.barcode)]), [[null, ["copy 1"]]]);
  });

  test("is left undone where nobody answers for the card, and done when the card is looked up again", async () => {
    const time = new Time();
    const library = new Library({ time, line: async () => true });

    const card = library.scans.card("C1");
    const copies = ["copy 1", "copy 2"].map((copy) => library.lend(copy));
    await time.pass();
    const before = statesOf(card, ...copies);
    library.line = async () => false;
    library.scans.card("C2");
    library.scans.again(copies[0]);
    await time.pass();

    assert.deepEqual(before, ["unanswered", "undone", "undone"]);
    assert.deepEqual(library.holders, { "copy 1": "Alan", "copy 2": "Alan" });
    assert.equal(library.scans.turn.member, ADA);
  });
});

describe("a turn that is over", () => {
  test("leaves no trace when all of it was done", async () => {
    const library = new Library();
    library.scans.card("C1");
    library.lend("copy 1");
    await library.time.pass();

    library.scans.nobody();

    assert.deepEqual(library.scans.gone, []);
  });

  test("says how much of it is under way, and goes when it was done and the next is over", async () => {
    const time = new Time();
    const library = new Library({ time, line: after(time, 100) });
    library.scans.card("C1");
    for (const copy of ["copy 1", "copy 2"]) library.lend(copy);

    library.scans.card("C2");
    const [alan] = library.scans.gone;
    const before = [underWay(alan), library.scans.underWay];
    library.scans.putAway(alan);
    assert.deepEqual(library.scans.gone, [alan], "nothing is put away while it is under way");
    await time.pass();

    assert.deepEqual([before, underWay(alan), inTrouble(alan)], [[2, 2], 0, 0]);
    library.scans.nobody();
    assert.deepEqual(library.scans.gone, []);
  });

  test("stays for one turn more when something was refused before it was over", async () => {
    const library = new Library();
    library.scans.card("C1");
    library.lend("copy of nobody");
    await library.time.pass();

    library.scans.card("C2");
    const [alan] = library.scans.gone;
    assert.equal(inTrouble(alan), 1);
    library.scans.nobody();

    assert.deepEqual(library.scans.gone, []);
  });

  test("stays until it is put away when something was refused after it was over", async () => {
    const time = new Time();
    const library = new Library({ time, line: after(time, 100) });
    library.scans.card("C1");
    library.lend("copy of nobody");
    library.scans.nobody();
    await time.pass();

    for (const card of ["C2", "C1", "C2"]) library.scans.card(card);
    const [alan] = library.scans.gone;
    library.scans.putAway(alan);

    assert.equal(alan.member, ALAN);
    assert.deepEqual(library.scans.gone, []);
  });

  test("that was only a card is forgotten, known or not", async () => {
    const time = new Time();
    const library = new Library({ time, line: after(time, 100) });

    for (const card of ["C1", "C9", "C2"]) library.scans.card(card);

    assert.deepEqual(library.scans.gone, []);
    assert.equal(library.scans.underWay, 0);
    await time.pass();
    assert.equal(library.scans.turn.member, ADA);
  });
});

test("a copy in place of a card is told of, though the turn was over before it was known as one, or never was", async () => {
  for (const [line, state] of [[false, "undone"], [true, "unanswered"]]) {
    const time = new Time();
    const library = new Library({ time, line: () => time.pause(800).then(() => line) });

    for (const scanned of ["C9", "copy 1"]) library.scans.card(scanned);
    library.scans.nobody();
    await time.pass();

    const told = library.scans.gone.flatMap((turn) => turn.scans.map((scan) => [scan.what.barcode, scan.state, scan.late]));
    assert.deepEqual(told.filter(([barcode]) => barcode === "copy 1"), [["copy 1", state, true]]);
  }
});

test("of more scans than are shown those are forgotten first that were done", async () => {
  const library = new Library();
  library.scans.card("C1");
  for (const copy of ["copy of nobody", "copy 1", "copy 2"]) library.lend(copy);
  await library.time.pass();

  const forgotten = library.scans.trim(library.scans.turn, 2);

  assert.deepEqual(forgotten.map(({ what }) => what.barcode), ["C1", "copy 1"]);
  assert.deepEqual(library.scans.turn.scans.map(({ what }) => what.barcode), ["copy of nobody", "copy 2"]);
});

test("a thousand days at the desk, on slow lines that lose answers: each scan is done once, for its own member, and told", async () => {
  for (let seed = 1; seed <= 1_000; seed += 1) await aDay(chanceOf(seed), seed);
});

/** Return what draws whole numbers below a bound, the same ones for each seed. */
function chanceOf(seed) {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

async function aDay(chance, seed) {
  const time = new Time();
  const library = new Library({ time, line: async () => {
    await time.pause(chance(1_000));
    if (chance(6) === 0) throw lost();
    return chance(6) === 0;
  } });
  const expected = {};
  let shown = null; // whose card was scanned last

  const scanned = [];
  for (let step = 0; step < 30; step += 1) {
    const act = chance(6);
    if (act === 0) {
      shown = ["C1", "C2"][chance(2)];
      library.scans.card(shown);
    } else if (act === 1) {
      shown = null;
      library.scans.nobody();
    } else if (shown !== null) {
      const copy = `copy ${step}`;
      expected[copy] = MEMBERS[shown].name;
      scanned.push(library.lend(copy));
    }
    await time.pass(chance(600));
  }
  await time.pass();

  const ended = scanned.filter((scan) => scan.state === "done" || scan.state === "unanswered" || scan.state === "undone");
  assert.equal(ended.length, scanned.length, `seed ${seed}: each ends`);
  for (const scan of scanned) {
    const holder = library.holders[scan.what.barcode];
    const name = expected[scan.what.barcode];
    if (scan.state === "done") assert.equal(holder, name, `seed ${seed}: ${scan.what.barcode}`);
    else assert.ok(holder === undefined || holder === name, `seed ${seed}: ${scan.what.barcode}`);
    assert.equal(library.asked.filter(([, barcode]) => barcode === scan.what.barcode).every(([key]) => key === scan.key), true);
    assert.deepEqual(library.heard.findLast(([, each]) => each === scan)[2], scan.state, `seed ${seed}: its end is told`);
  }
}
