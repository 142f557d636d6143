// A desk without a line, by the page's own modules and a disk that is a file: `keep` acts, or `send` what was kept.
// node offline_desk.mjs DISK keep ACTS.json FROM   |   node offline_desk.mjs DISK send SERVICES.json TOKEN

import fs from "node:fs";

const SITE = new URL("../../deploy/desk/site/", import.meta.url);
const [disk, what, file, more] = process.argv.slice(2);

const overTheLine = globalThis.fetch;
globalThis.fetch = async (url, request) => (String(url).startsWith("file:") ? new Response(fs.readFileSync(new URL(url))) : overTheLine(url, request));
const storage = (values) => ({ getItem: (name) => values[name] ?? null, setItem: () => {}, removeItem: () => {} });
globalThis.localStorage = storage({});
globalThis.location = { href: "http://desk.invalid/", origin: "http://desk.invalid", pathname: "/" };
globalThis.document = { documentElement: {}, querySelectorAll: () => [] };
globalThis.sessionStorage = storage({ "desk.tokens": JSON.stringify({ access: what === "send" ? more : "", refresh: "", until: Date.now() / 1000 + 3600 }) });
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] } });

const encoded = (value) => JSON.stringify(value, (_, each) => (each instanceof Uint8Array ? { bytes: Buffer.from(each).toString("base64") } : each));
const decoded = (text) => JSON.parse(text, (_, each) => (each?.bytes === undefined ? each : new Uint8Array(Buffer.from(each.bytes, "base64"))));

/** A file for the disk, replaced as a whole and only once it is written through. */
const onDisk = {
  read: () => (fs.existsSync(disk) ? decoded(fs.readFileSync(disk, "utf8")) : { acts: [], keys: [], next: 1 }),
  write: (stores) => {
    const handle = fs.openSync(`${disk}.new`, "w");
    fs.writeSync(handle, encoded(stores));
    fs.fsyncSync(handle);
    fs.closeSync(handle);
    fs.renameSync(`${disk}.new`, disk);
  },
};
const store = {
  all: async (name) => onDisk.read()[name],
  put: async (name, record) => {
    const stores = onDisk.read();
    const own = name === "keys" ? "account" : "place";
    const written = name === "keys" || record.place !== undefined ? record : { ...record, place: stores.next++ };
    stores[name] = [...stores[name].filter((each) => each[own] !== written[own]), written].sort((one, other) => (one.place ?? 0) - (other.place ?? 0));
    onDisk.write(stores);
  },
  remove: async (name, place) => {
    const stores = onDisk.read();
    stores[name] = stores[name].filter((each) => each.place !== place);
    onDisk.write(stores);
  },
};

const { Kept } = await import(new URL("keep.js", SITE));
const { deskKey, report, useServices } = await import(new URL("library.js", SITE));
const account = what === "send" ? JSON.parse(Buffer.from(more.split(".")[1], "base64url")).sub : null;
const kept = new Kept({ store, send: report, signedIn: () => account });

if (what === "keep") {
  const acts = JSON.parse(fs.readFileSync(file));
  for (let number = Number(more); number < acts.length; number += 1) {
    await kept.keep(acts[number]);
    fs.writeSync(1, `${number}\n`); // the beep: from now on it must not be lost
  }
} else {
  useServices(JSON.parse(fs.readFileSync(file)));
  await kept.know(account, await deskKey());
  await kept.send();
  for (const result of await kept.results()) console.log(JSON.stringify(result));
}
