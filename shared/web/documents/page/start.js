// Swagger UI of one service. A sign-in is kept for this tab: it survives a reload, is renewed before it ends, and is
// shown with a way to sign out.
"use strict";

const page = new URL(".", window.location.href);
const KEPT = `sign-in ${page.pathname}`;
const EARLY = 60; // seconds before its end in which an access token is renewed
const CLIENT = "swagger";

let tokenAddress = null; // of members, as the document says
let renewal = null; // the one on its way
let timer = 0;

const shown = (id) => document.getElementById(id);
const now = () => Date.now() / 1000;
const kept = () => JSON.parse(sessionStorage.getItem(KEPT) || "null");
const isLate = ({ token }) => now() > token.until - EARLY;

/** Leave only signing in on the library's own page, and choose everything that this page can use. */
function withOneWayToSignIn(given) {
  const document = structuredClone(given);
  for (const scheme of Object.values(document.components?.securitySchemes ?? {})) {
    const flow = scheme.flows?.authorizationCode;
    if (!flow) continue;
    scheme.flows = { authorizationCode: flow };
    scheme.description = "Sign in on the library's own page.";
    tokenAddress = new URL(flow.tokenUrl, page);
    const scopes = Object.keys(flow.scopes);
    ui.initOAuth({ clientId: CLIENT, usePkceWithAuthorizationCodeGrant: true, scopes });
  }
  return document;
}

/** Keep a sign-in, and renew it in time. */
function keep({ auth, token }) {
  const { name, schema, scopes, clientId } = auth;
  const until = token.until ?? now() + token.expires_in;
  const plain = { name, schema: schema?.toJS ? schema.toJS() : schema, scopes: [...(scopes ?? [])], clientId };
  sessionStorage.setItem(KEPT, JSON.stringify({ auth: plain, token: { ...token, until } }));
  clearTimeout(timer);
  timer = setTimeout(renewed, Math.max(until - EARLY - now(), 1) * 1000);
  shown("ended").hidden = true;
  showWho(token.access_token);
}

/** Forget the sign-in; return what it was. */
function forget() {
  const signIn = kept();
  sessionStorage.removeItem(KEPT);
  clearTimeout(timer);
  shown("sign-in").hidden = true;
  return signIn;
}

async function showWho(accessToken) {
  const answer = await fetch(new URL("../accounts/me", tokenAddress), {
    headers: { Authorization: `Bearer ${accessToken}` },
  }).catch(() => null);
  if (!answer?.ok || kept() === null) return;
  shown("who").textContent = (await answer.json()).email;
  shown("sign-in").hidden = false;
}

/** Renew the access token, once at a time. Return the new one, or null where there is none to be had. */
function renewed() {
  renewal ??= renew().finally(() => { renewal = null; });
  return renewal;
}

async function renew() {
  const signIn = kept();
  if (signIn === null) return null;
  const body = new URLSearchParams({
    grant_type: "refresh_token", refresh_token: signIn.token.refresh_token, client_id: CLIENT,
  });
  const answer = await fetch(tokenAddress, { method: "POST", body }).catch(() => null);
  if (answer?.ok) {
    const token = await answer.json();
    ui.authActions.authorizeOauth2({ auth: signIn.auth, token });
    return token.access_token;
  }
  if (answer?.status === 400 || answer?.status === 401) {
    forget();
    ui.authActions.logout([signIn.auth.name]);
    shown("ended").hidden = false;
  }
  return null; // members may be away for a moment: what is sent now tells
}

/**
 * Sign out here, and by that on every page on which this browser is signed in; then go where the session at an identity
 * provider ends, if it goes on there.
 */
async function signOut() {
  const signIn = forget();
  if (signIn === null) return;
  const body = new URLSearchParams({ token: signIn.token.refresh_token, client_id: CLIENT });
  const answer = await fetch(new URL("revoke", tokenAddress), { method: "POST", body }).catch(() => null);
  const told = await answer?.json().catch(() => null); // it has no body in most cases
  if (told?.sign_out_at) window.location.assign(told.sign_out_at);
}

async function restore() {
  const signIn = kept();
  if (signIn === null) return;
  if (isLate(signIn)) await renewed();
  else ui.authActions.authorizeOauth2(signIn);
}

async function withFreshToken(request) {
  const signIn = kept();
  if (signIn === null || request.loadSpec || !request.headers?.Authorization || !isLate(signIn)) return request;
  const accessToken = await renewed();
  if (accessToken) request.headers.Authorization = `Bearer ${accessToken}`;
  return request;
}

function seen(response) {
  if (response.status === 401 && kept() !== null) renewed(); // signed out elsewhere, most likely: find out
  return response;
}

/** Return the document with as much of its paths and components as that subtree refers to. */
function partFor(document, subtree) {
  const part = { ...document, paths: {}, components: {} };
  const follow = (value) => {
    if (typeof value === "string" && value.startsWith("#/components/")) include(value.slice(2).split("/"));
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(follow);
  };
  const include = ([room, kind, name]) => {
    const found = name === undefined ? document[room]?.[kind] : { [name]: document[room]?.[kind]?.[name] };
    const missing = Object.entries(found ?? {}).filter(([key]) => !Object.hasOwn(part[room][kind] ?? {}, key));
    part[room][kind] = { ...part[room][kind], ...Object.fromEntries(missing) };
    missing.forEach(([, value]) => follow(value));
  };
  include(subtree);
  return part;
}

/** Resolve references in the part that they concern: each time anew in all of it takes longer than everything else. */
const resolvedInPart = () => ({
  afterLoad({ fn }) {
    const whole = fn.resolveSubtree;
    fn.resolveSubtree = (document, subtree, options) => whole(partFor(document, subtree), subtree, options);
  },
});

const signInHere = () => ({
  statePlugins: {
    spec: { wrapActions: { updateJsonSpec: (original) => (given) => original(withOneWayToSignIn(given)) } },
    auth: {
      wrapActions: {
        authorizeOauth2: (original) => (signedIn) => { keep(signedIn); return original(signedIn); },
        logout: (original) => (names) => { signOut(); return original(names); },
      },
    },
  },
});

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const followColours = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followColours);
followColours();

const ui = SwaggerUIBundle({
  url: new URL("openapi.json", page).href,
  oauth2RedirectUrl: new URL("docs/oauth2-redirect", page).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  plugins: [signInHere, resolvedInPart],
  requestInterceptor: withFreshToken,
  responseInterceptor: seen,
  onComplete: restore,
});

shown("sign-out").addEventListener("click", () => ui.authActions.logout([kept()?.auth.name]));
document.addEventListener("visibilitychange", () => {
  const signIn = kept();
  if (!document.hidden && signIn !== null && isLate(signIn)) renewed();
});
