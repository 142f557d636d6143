// The desk in the browser: who is signed in, which view is shown, which branch the desk stands in.

import * as lend from "./lend.js";
import { account, branches, useServices } from "./library.js";
import { find, make } from "./page.js";
import * as pull from "./pull.js";
import * as returns from "./return.js";
import * as search from "./search.js";
import { comeBack, signIn, signOut, token, useMembers, whoIsSignedIn } from "./sign_in.js";
import { speak, spoken, word } from "./words.js";

const VIEWS = { lend, return: returns, pull, search };
const BRANCH = "desk.branch";
const branch = () => find("branch").value;

async function start() {
  speak(spoken());
  find("language").value = spoken();
  const services = await (await fetch("services.json", { cache: "no-cache" })).json();
  useServices(services);
  useMembers(services.members);
  for (const name of ["books", "members", "loans"]) {
    find("services").append(make("li", {}, make("a", { href: `${services[name]}/docs`, "data-word": name }, word(name))));
  }
  for (const view of Object.values(VIEWS)) view.prepare(branch);
  find("sign-in").addEventListener("click", signIn);
  find("sign-out").addEventListener("click", leave);
  find("language").addEventListener("change", changeLanguage);
  find("branch").addEventListener("change", changeBranch);
  window.addEventListener("hashchange", showView);
  let trouble = "";
  try {
    await comeBack();
  } catch (error) {
    trouble = word("sign_in_failed", { why: error.message });
  }
  await enter(trouble);
}

/** Show the views to whoever may work here, and the welcome to everybody else. */
async function enter(trouble) {
  let who = null;
  try {
    if ((await token()) !== null) who = whoIsSignedIn();
  } catch {
    trouble ||= word("no_answer");
  }
  const works = who !== null && who.scope.split(" ").includes("loans:write");
  if (!works) {
    welcome(trouble || (who === null ? "" : word("not_a_desk")), who);
    return;
  }
  find("welcome").hidden = true;
  for (const id of ["views", "branch-label", "sign-out", "person"]) find(id).hidden = false;
  await Promise.all([showPerson(), showBranches()]);
  await showView();
}

function welcome(trouble, who) {
  document.title = word("title");
  for (const name of Object.keys(VIEWS)) find(name).hidden = true;
  for (const id of ["views", "branch-label", "person"]) find(id).hidden = true;
  find("sign-out").hidden = who === null;
  find("welcome").hidden = false;
  find("welcome-trouble").textContent = trouble;
  find("welcome-trouble").hidden = trouble === "";
  find("sign-in").focus();
}

async function showPerson() {
  const told = await account().catch(() => null);
  find("person").textContent = told?.email ?? word("signed_in");
}

async function showBranches() {
  const known = await branches().catch(() => []);
  const kept = localStorage.getItem(BRANCH);
  const option = (code, name) => make("option", { value: code }, name);
  find("branch").replaceChildren(option("", word("own_branch")), ...known.map((each) => option(each.code, each.name)));
  find("branch").value = known.some((each) => each.code === kept) ? kept : known.length === 1 ? known[0].code : "";
}

async function showView() {
  const name = location.hash.slice(1) in VIEWS ? location.hash.slice(1) : "lend";
  if (find("views").hidden) return;
  for (const each of Object.keys(VIEWS)) find(each).hidden = each !== name;
  for (const link of find("views").children) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${word(name)} · ${word("title")}`;
  await VIEWS[name].show();
}

async function changeLanguage() {
  speak(find("language").value);
  for (const view of Object.values(VIEWS)) await view.sayAgain();
  find("branch").options[0] && (find("branch").options[0].textContent = word("own_branch"));
  await showView();
  find("language").focus();
}

async function changeBranch() {
  localStorage.setItem(BRANCH, branch());
  await showView();
}

async function leave() {
  await signOut();
  lend.nextMember();
  returns.sayAgain();
  await enter("");
}

start();
