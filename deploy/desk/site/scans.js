// What is scanned at the desk, for whom, and what becomes of it: states, and what leads from one to the next. Nothing here
// knows of a page or of a network.
//
// A turn is one member's time at the desk. A scan belongs to the turn that was shown when its Enter came, whoever is there
// when it is done. Within a turn one scan is done after the other, as they came; so are those of one copy. Turns do not
// wait for each other, so a bad line for one member holds nobody else up.
//
// A turn begins with a card, and what is scanned behind it waits until it is known whose it is. What turns out to be no
// member's card is told so, and then what was scanned next is looked at in its place: perhaps that is the card.

import { clock, PATIENCE, persist } from "./patience.js";

/** Where a turn may go from each state. A member who was chosen by name is there from the start. */
const OF_A_TURN = {
  empty: ["looking"], // nobody is at the desk
  looking: ["open", "nobody", "unanswered"], // a card is looked up
  open: [], // the member is known
  nobody: ["looking"], // nothing that was scanned is a member's card
  unanswered: ["looking"],
};

/** Where a scan may go from each state. */
const OF_A_SCAN = {
  waiting: ["asking", "undone"], // for the member, or for an earlier scan
  asking: ["done", "refused", "unanswered", "undone"],
  done: [],
  refused: [],
  unanswered: ["waiting"], // whether it was done is not known, so it may be asked again under its key
  undone: ["waiting"], // there is nobody for whom to do it
};

const ENDED = new Set(["done", "refused", "unanswered", "undone"]);

function become(thing, states, state) {
  if (!states[thing.state].includes(state)) throw new Error(`${thing.state} cannot become ${state}`);
  thing.state = state;
}

const newTurn = (state, member = null) => ({ state, card: member?.card_number ?? null, member, error: null, left: false, wasInSight: false, scans: [] });

/** Whether nothing more will happen to a scan by itself. */
export const hasEnded = (scan) => ENDED.has(scan.state);

/**
 * Whether something is to be done with what was scanned. A card only says for whom, and who has left is not asked for it
 * any more; but a copy in its place waits for somebody, and perhaps it was one where nobody answered in time.
 */
const isToBeDone = (scan) => scan.scannedAs !== "card" || scan.answer?.isCopy === true || (scan.state === "unanswered" && scan.late);

/** Return how many scans of a turn are still to be answered. */
export const underWay = (turn) => turn.scans.filter((scan) => isToBeDone(scan) && !hasEnded(scan)).length;

/** Return how many scans of a turn ended otherwise than they should. */
export const inTrouble = (turn) => turn.scans.filter(isInTrouble).length;

const isInTrouble = (scan) => isToBeDone(scan) && hasEnded(scan) && scan.state !== "done";

export class Scans {
  /** Whose turn it is. */
  turn = newTurn("empty");

  /** The turns that are over, and whose scans somebody has still to see; the latest last. */
  gone = [];

  /** The scans that need no member, such as returns. */
  ofNobody = newTurn("open");

  #open = []; // scans that have not ended, in the order of their Enters
  #lookUp;
  #act;
  #changed;
  #newKey;
  #time;

  /**
   * `lookUp(card)` returns a promise of `{member, isCopy}`: null where nobody has the card, and whether it is on a copy;
   * `act(scan)` one of what was done. Both throw what was said against it; an error with `unanswered` is no answer.
   * `changed(turn, scan)` hears of each change, without a scan of those of the turn itself.
   */
  constructor({ lookUp, act, changed, newKey = () => crypto.randomUUID(), time = clock }) {
    this.#lookUp = lookUp;
    this.#act = act;
    this.#changed = changed;
    this.#newKey = newKey;
    this.#time = time;
  }

  /** Take a card. It begins a turn, unless nobody's is going on: then perhaps this is the right card at last. */
  card(card) {
    if (this.turn.state !== "nobody") this.#begin(newTurn("empty"));
    return this.#take("card", { barcode: card }, this.turn);
  }

  /** Begin the turn of a member who is known already. */
  member(member) {
    return this.#begin(newTurn("open", member));
  }

  /** End the turn: nobody is at the desk. */
  nobody() {
    return this.#begin(newTurn("empty"));
  }

  /** Take a scan: `kind` says what is to be done, `what` with which copy and how. Where no member is there, it is a card. */
  scan(kind, what, turn = this.turn) {
    return turn.state === "open" || turn.state === "looking" ? this.#take(kind, what, turn) : this.card(what.barcode);
  }

  /** Ask once more for what was not answered, for the same member and under the same key; or for the card, and all behind it. */
  again(scan) {
    const { turn } = scan;
    if (turn.state === "unanswered") {
      for (const each of turn.scans.filter(({ state }) => state === "unanswered" || state === "undone")) this.#wait(each);
    } else if (turn.state === "open" && scan.state === "unanswered") {
      this.#wait(scan);
    }
    this.#go();
  }

  /** Return how many scans are still to be answered, of whomever. */
  get underWay() {
    return this.#open.filter(isToBeDone).length;
  }

  /** Put a turn away that is over and has been seen. */
  putAway(turn) {
    if (underWay(turn) > 0) return;
    this.gone = this.gone.filter((each) => each !== turn);
    this.#changed(turn);
  }

  /** Forget the oldest of the scans that were done, of a turn with more than `most`. Returns them. */
  trim(turn, most) {
    const done = turn.scans.filter((scan) => scan.state === "done");
    const forgotten = new Set(done.slice(0, Math.max(0, turn.scans.length - most)));
    turn.scans = turn.scans.filter((scan) => !forgotten.has(scan));
    return [...forgotten];
  }

  #begin(turn) {
    const before = this.turn;
    this.turn = turn;
    this.gone = this.gone.filter(stays);
    for (const each of this.gone) each.wasInSight = underWay(each) === 0;
    this.#leave(before);
    this.#changed(turn);
    return turn;
  }

  #leave(turn) {
    turn.left = true;
    turn.wasInSight = underWay(turn) === 0;
    if (underWay(turn) > 0 || inTrouble(turn) > 0) this.gone.push(turn);
    this.#changed(turn);
  }

  #take(kind, what, turn) {
    const scan = { kind, scannedAs: kind, what, turn, key: this.#newKey(), state: "waiting", until: this.#patience(), answer: null, error: null, asksAgain: false, late: false };
    turn.scans.push(scan);
    this.#open.push(scan);
    this.#changed(turn, scan);
    this.#go();
    return scan;
  }

  #patience() {
    return this.#time.now() + PATIENCE;
  }

  /** Do what nothing is in the way of. */
  #go() {
    for (const scan of [...this.#open]) {
      if (scan.state !== "waiting" || this.#isBehind(scan)) continue;
      if (scan.turn.state === "open") this.#ask(scan);
      else this.#look(scan);
    }
  }

  #isBehind(scan) {
    const before = this.#open.slice(0, this.#open.indexOf(scan));
    return before.some((each) => each.turn === scan.turn || (each.what.barcode === scan.what.barcode && scan.turn.state === "open"));
  }

  async #ask(scan) {
    become(scan, OF_A_SCAN, "asking");
    this.#changed(scan.turn, scan);
    [scan.answer, scan.error] = await this.#persist(scan, () => this.#act(scan));
    this.#end(scan, scan.error === null ? "done" : scan.error.unanswered ? "unanswered" : "refused");
    this.#go();
  }

  /** Look whether what was scanned is the card with which the turn begins. */
  async #look(scan) {
    const { turn } = scan;
    if (turn.state !== "looking") become(turn, OF_A_TURN, "looking");
    scan.kind = "card";
    turn.card ??= scan.what.barcode;
    become(scan, OF_A_SCAN, "asking");
    this.#changed(turn);
    this.#changed(turn, scan);
    [scan.answer, scan.error] = await this.#persist(scan, () => this.#lookUp(scan.what.barcode));
    if (scan.error !== null) this.#hearNothing(scan);
    else if (scan.answer.member === null) this.#passOver(scan);
    else this.#welcome(scan);
    this.#go();
  }

  #welcome(scan) {
    const { turn } = scan;
    turn.member = scan.answer.member;
    turn.card = scan.what.barcode;
    become(turn, OF_A_TURN, "open");
    this.#end(scan, "done");
    this.#part(turn, turn.scans.filter((each) => each.state === "undone"));
    this.#changed(turn);
  }

  /** Give what was scanned before a card to a turn of its own: it is none of this member's. */
  #part(turn, before) {
    const stranger = newTurn("nobody");
    for (const scan of before) scan.turn = stranger;
    stranger.scans = before;
    stranger.card = before.find((scan) => !isToBeDone(scan))?.what.barcode ?? null;
    turn.scans = turn.scans.filter((scan) => scan.turn === turn);
    this.#leave(stranger);
  }

  #passOver(scan) {
    const { turn } = scan;
    if (!isToBeDone(scan)) turn.card = scan.what.barcode;
    else if (turn.card === scan.what.barcode) turn.card = null;
    this.#end(scan, "undone");
    if (turn.scans.every(hasEnded)) {
      become(turn, OF_A_TURN, "nobody");
      this.#changed(turn);
    }
  }

  #hearNothing(scan) {
    const { turn } = scan;
    turn.error = scan.error;
    become(turn, OF_A_TURN, "unanswered");
    this.#end(scan, "unanswered");
    for (const each of turn.scans.filter(({ state }) => state === "waiting")) this.#end(each, "undone");
    this.#changed(turn);
  }

  /** Return the answer and null, or null and the error. */
  async #persist(scan, ask) {
    const askingAgain = () => {
      scan.asksAgain = true;
      this.#changed(scan.turn, scan);
    };
    scan.asksAgain = false;
    try {
      return [await persist(ask, { until: scan.until, askingAgain, time: this.#time }), null];
    } catch (error) {
      return [null, error];
    }
  }

  #end(scan, state) {
    become(scan, OF_A_SCAN, state);
    scan.late = scan.turn.left;
    if (scan.late && isInTrouble(scan) && !this.gone.includes(scan.turn)) this.gone.push(scan.turn);
    this.#open = this.#open.filter((each) => each !== scan);
    this.#changed(scan.turn, scan);
  }

  #wait(scan) {
    become(scan, OF_A_SCAN, "waiting");
    scan.until = this.#patience();
    this.#open.push(scan);
    this.#changed(scan.turn, scan);
  }
}

/** Whether a turn that is over stays in sight: until it is put away where somebody has to act, else for the turn after it. */
function stays(turn) {
  const unseen = (scan) => isInTrouble(scan) && (scan.state !== "refused" || scan.late);
  return underWay(turn) > 0 || turn.scans.some(unseen) || (inTrouble(turn) > 0 && !turn.wasInSight);
}
