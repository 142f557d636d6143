// What the desk keeps on this computer while the library cannot be reached: acts, each on the disk before it is said to be
// kept, and sealed, so that nobody can read there who borrowed what. Nothing here knows of a page or of a network.
//
// An act is sealed to the public half of its account's key (ECDH on P-256, HKDF, AES-256-GCM). The private half comes from
// members at the sign-in and lives in memory alone: who finds the disk finds nothing to open, and a browser that was killed
// can go on keeping without it. What became of an act takes the act's place, sealed as well, until somebody has seen it.

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const ALONE = "desk.sending"; // of all tabs one sends
const bytes = (text) => new TextEncoder().encode(text);

/** There is no key here to seal with: whoever is signed in, or else anybody, has yet to fetch one. */
export class NoKey extends Error {}

async function secretOf(privateKey, publicKey, salt, uses) {
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256);
  const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt, info: bytes("desk") }, base, { name: "AES-GCM", length: 256 }, false, uses);
}

/** Seal a value to a public key, for one name, such as that of the act. */
export async function seal(publicKey, value, name) {
  const once = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const from = new Uint8Array(await crypto.subtle.exportKey("raw", once.publicKey));
  const secret = await secretOf(once.privateKey, publicKey, from, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const hidden = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(name) }, secret, bytes(JSON.stringify(value)));
  return { from, iv, hidden: new Uint8Array(hidden) };
}

/** Return what was sealed. Throws when the key or the name is another, or when it was altered. */
export async function unseal(privateKey, { from, iv, hidden }, name) {
  const secret = await secretOf(privateKey, await crypto.subtle.importKey("raw", from, CURVE, false, []), from, ["decrypt"]);
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: bytes(name) }, secret, hidden)));
}

/** The browser's own disk. */
export function disk() {
  let opened = null;
  const database = () => (opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("desk", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("acts", { keyPath: "place", autoIncrement: true });
      request.result.createObjectStore("keys", { keyPath: "account" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }));
  const run = async (store, mode, work) => {
    const transaction = (await database()).transaction(store, mode, { durability: "strict" }); // on the disk, not on its way there
    const request = work(transaction.objectStore(store));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    all: (store) => run(store, "readonly", (place) => place.getAll()),
    put: (store, record) => run(store, "readwrite", (place) => place.put(record)),
    remove: (store, key) => run(store, "readwrite", (place) => place.delete(key)),
  };
}

const oneByOne = (work) => globalThis.navigator?.locks?.request(ALONE, work) ?? work();

export class Kept {
  #store;
  #send;
  #signedIn;
  #newKey;
  #account = null; // whose private key is known
  #unreadable = new Set(); // the places of acts that this key does not open

  /** `send(act, key)` returns a promise of what became of it, and throws what was said against it; one that is `unanswered` may be sent again. `signedIn()` returns the account that is signed in, or null. */
  constructor({ store, send, signedIn, newKey = () => crypto.randomUUID() }) {
    this.#store = store;
    this.#send = send;
    this.#signedIn = signedIn;
    this.#newKey = newKey;
  }

  /** Know whose desk this is: the account, and its key as a JSON Web Key. */
  async know(account, { kty, crv, x, y, d }) {
    const privateKey = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d }, CURVE, false, ["deriveBits"]);
    this.#account = { account, privateKey };
    this.#unreadable.clear();
    await this.#store.put("keys", { account, kty, crv, x, y, since: Date.now() });
  }

  /**
   * Keep an act for whoever is signed in, though its private key be unknown yet; where nobody is, for who came last.
   * It is on the disk when the promise is kept. Throws NoKey.
   */
  async keep(act) {
    const known = (await this.#store.all("keys")).sort((one, other) => other.since - one.since);
    const own = this.#signedIn();
    const { account, kty, crv, x, y } = (own === null ? known[0] : known.find((each) => each.account === own)) ?? {};
    if (account === undefined) throw new NoKey();
    const key = this.#newKey();
    const publicKey = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, CURVE, false, []);
    await this.#store.put("acts", { key, account, sealed: await seal(publicKey, { act }, key), keptAt: Date.now(), isDone: false });
  }

  /** Return how many acts wait to be sent: by whoever is signed in, and by others. */
  async waiting() {
    const waiting = (await this.#store.all("acts")).filter(({ isDone }) => !isDone);
    const own = waiting.filter(({ account }) => account === this.#signedIn()).length;
    return { own, others: waiting.length - own };
  }

  /**
   * Send what waits, in the order in which it was done; what cannot be opened is left out, and is among the results.
   * Throws the error of the first that nobody answered.
   */
  send() {
    return oneByOne(async () => {
      for (const record of await this.#own()) if (!record.isDone) await this.#sendOne(record);
    });
  }

  /**
   * Return what became of the acts that were sent and that nobody has seen yet: `{place, act, answer, refusals}` each. One that
   * cannot be opened is `{place, keptAt, isDone}`: when it was kept, in milliseconds, and whether it was sent.
   */
  async results() {
    const told = (await this.#own()).filter(({ place, isDone }) => isDone || this.#unreadable.has(place));
    return Promise.all(told.map(async (record) => {
      const { place, keptAt, isDone } = record;
      return { place, ...((isDone && (await this.#open(record))) || { keptAt, isDone }) };
    }));
  }

  /** Forget what became of the acts at these places: somebody has seen it. What came since then stays. */
  async seen(places) {
    for (const place of places) await this.#store.remove("acts", place);
  }

  async #own() {
    const own = this.#signedIn();
    return (await this.#store.all("acts")).filter(({ account }) => account === own && account === this.#account?.account);
  }

  /** Return what was sealed, or null: the key is another now, or the record was damaged. */
  #open({ sealed, key }) {
    return unseal(this.#account.privateKey, sealed, key).catch(() => null);
  }

  async #sendOne(record) {
    const opened = await this.#open(record);
    if (opened === null) {
      this.#unreadable.add(record.place);
      return;
    }
    const { act } = opened;
    let became;
    try {
      became = { answer: await this.#send(act, record.key), refusals: [] };
    } catch (error) {
      if (error.refusals === undefined || error.unanswered || error.status === 401) throw error;
      became = { answer: null, refusals: error.refusals };
    }
    const { kty, crv, x, y } = (await this.#store.all("keys")).find(({ account }) => account === record.account);
    const publicKey = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, CURVE, false, []);
    await this.#store.put("acts", { ...record, sealed: await seal(publicKey, { act, ...became }, record.key), isDone: true });
  }
}
