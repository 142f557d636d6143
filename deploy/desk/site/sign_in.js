// Signing in at members by the authorization code flow with PKCE, and keeping the tokens fresh. They live in
// sessionStorage: they survive a reload, and end with the tab.

const CLIENT = "desk";
const KEPT = "desk.tokens";
const CLOCK = "desk.clock"; // by how many milliseconds this computer is slow, as members tells the time
const UNDER_WAY = "desk.sign_in";
const EARLY = 60; // seconds before its end in which a token is renewed
const LONGEST = 3_000; // milliseconds for which signing out waits for members

let address = ""; // of members
let renewal = null;

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const drawn = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const here = () => location.origin + location.pathname;
const kept = () => JSON.parse(sessionStorage.getItem(KEPT) || "null");

/** Say where members is. */
export function useMembers(url) {
  address = url;
}

/** Leave for members' sign-in page; it leads back here. */
export async function signIn() {
  const verifier = drawn();
  const state = drawn();
  sessionStorage.setItem(UNDER_WAY, JSON.stringify({ verifier, state, view: location.hash }));
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
  const asked = new URLSearchParams({
    response_type: "code", client_id: CLIENT, redirect_uri: here(), code_challenge: challenge, code_challenge_method: "S256", state,
  });
  location.assign(`${address}/v1/auth/authorize?${asked}`);
}

/** Finish a sign-in that leads back here, if one does. Throws an Error with what went wrong. */
export async function comeBack() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) return;
  const begun = JSON.parse(sessionStorage.getItem(UNDER_WAY) || "null");
  sessionStorage.removeItem(UNDER_WAY);
  history.replaceState(null, "", here() + (begun?.view ?? ""));
  if (begun === null || answer.get("state") !== begun.state) throw new Error("state");
  if (answer.has("error")) throw new Error(answer.get("error_description") || answer.get("error"));
  const told = await ask({ grant_type: "authorization_code", code: answer.get("code"), redirect_uri: here(), code_verifier: begun.verifier });
  if (!told) throw new Error("invalid_grant");
}

/** Return what the access token says of who is signed in, or null. */
export function whoIsSignedIn() {
  const tokens = kept();
  if (tokens === null) return null;
  const payload = tokens.access.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (each) => each.charCodeAt(0))));
}

/** Return an access token that is good for a while, or null when there is none to be had. */
export async function token({ renewed = false } = {}) {
  const tokens = kept();
  if (tokens === null) return null;
  if (!renewed && Date.now() / 1000 < tokens.until - EARLY) return tokens.access;
  renewal ??= renew(tokens).finally(() => { renewal = null; });
  return renewal;
}

async function renew(tokens) {
  const told = await ask({ grant_type: "refresh_token", refresh_token: tokens.refresh });
  if (!told) sessionStorage.removeItem(KEPT);
  return told ? kept().access : null;
}

/**
 * End the sign-in here, and at members if they hear of it: what is on the screen does not wait for them.
 * Return where a session goes on at an identity provider, or null.
 */
export async function signOut() {
  const tokens = kept();
  sessionStorage.removeItem(KEPT);
  if (tokens === null) return null;
  const body = new URLSearchParams({ token: tokens.refresh, token_type_hint: "refresh_token", client_id: CLIENT });
  const request = { method: "POST", body, keepalive: true, signal: AbortSignal.timeout(LONGEST) };
  try {
    const answer = await fetch(`${address}/v1/auth/revoke`, request);
    return (await answer.json()).sign_out_at ?? null;
  } catch {
    return null; // the answer has no body in most cases, or nobody heard of it
  }
}

async function ask(grant) {
  const answer = await fetch(`${address}/v1/auth/token`, { method: "POST", body: new URLSearchParams({ ...grant, client_id: CLIENT }) });
  if (!answer.ok) {
    if (answer.status >= 500 || answer.status === 429) throw new Error(`HTTP ${answer.status}`);
    return false;
  }
  const told = await answer.json();
  const refresh = told.refresh_token ?? grant.refresh_token;
  sessionStorage.setItem(KEPT, JSON.stringify({ access: told.access_token, refresh, until: Date.now() / 1000 + told.expires_in }));
  localStorage.setItem(CLOCK, String(whoIsSignedIn().iat * 1000 - Date.now()));
  return true;
}
