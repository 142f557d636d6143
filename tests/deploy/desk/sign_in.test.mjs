// What the desk page keeps of who is signed in, without a browser: its storage and its line are a test's own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { signOut, useMembers, whoIsSignedIn } from "../../../deploy/desk/site/sign_in.js";

const SUBJECT = { sub: "a clerk" };
const TOKEN = `e30.${Buffer.from(JSON.stringify(SUBJECT)).toString("base64url")}.x`;

function keep(tokens) {
  const stored = new Map([["desk.tokens", JSON.stringify(tokens)]]);
  globalThis.sessionStorage = { getItem: (name) => stored.get(name) ?? null, removeItem: (name) => stored.delete(name) };
}

AbortSignal.timeout = () => {
  const soon = new AbortController();
  setTimeout(() => soon.abort());
  return soon.signal;
};

test("who signs out is signed out here even when nobody hears of it", async () => {
  for (const nobody of [async () => { throw new TypeError("Failed to fetch"); }, () => new Promise(() => {})]) {
    keep({ access: TOKEN, refresh: "r", until: 0 });
    let left = null;
    globalThis.fetch = (url, { signal }) => {
      left = url;
      return Promise.race([nobody(), new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)))]);
    };
    useMembers("https://members.example");

    assert.deepEqual(whoIsSignedIn(), SUBJECT);
    await signOut();

    assert.deepEqual([whoIsSignedIn(), left], [null, "https://members.example/v1/auth/revoke"]);
  }
});

test("who has signed in by a provider is led to where the session there ends", async () => {
  for (const [body, there] of [["", null], ['{"sign_out_at": "https://town.example/bye"}', "https://town.example/bye"]]) {
    keep({ access: TOKEN, refresh: "r", until: 0 });
    globalThis.fetch = async () => new Response(body, { status: 200 });
    useMembers("https://members.example");

    assert.equal(await signOut(), there);
  }
});
