// The desk in the browser: who is signed in, which view is shown, which branch the desk stands in.

import * as gone from "./gone.js";
import { listen } from "./keys.js";
import * as lend from "./lend.js";
import { account, branches, lookUp, ownRights, perform, rememberCategories, useServices } from "./library.js";
import { opened } from "./opened.js";
import { against, closeAround, find, isTypedInto, make } from "./page.js";
import * as panel from "./panel.js";
import * as returns from "./return.js";
import { hold, isKnown, may } from "./rights.js";
import { Scans } from "./scans.js";
import * as search from "./search.js";
import { comeBack, signIn, signOut, token, useMembers, whoIsSignedIn } from "./sign_in.js";
import * as sounds from "./sounds.js";
import * as verdict from "./verdict.js";
import { speak, spoken, word } from "./words.js";

const VIEWS = {
  lend, return: returns, pull: later(() => import("./pull.js")), search, lists: later(() => import("./views/lists.js")),
  figures: later(() => import("./views/figures.js")), messages: later(() => import("./views/messages.js")),
};
const FOR = { // one of these rights; nothing is needed to search
  lend: ["lend"], return: ["take_back"], pull: ["see_loans"], search: [], lists: ["see_loans", "see_members", "catalogue", "copies", "take_stock"],
  figures: ["statistics"], messages: ["notices"],
};
const BRANCH = "desk.branch";
const DISCREET = "desk.discreet";
const ON_SLIPS = new Set(["lend", "renew", "return"]);
const SOON = 300; // milliseconds
const AGAIN = 10_000;
const branch = () => find("branch").value;
let offline = null; // the promise of it
let newest = null; // {turn, scan} of what was lent, renewed or taken back, for whoever asks for a slip
const scans = new Scans({ lookUp, act: perform, changed });

/** A view that is loaded when it is shown first, and in which nothing is scanned. */
function later(load) {
  let loaded = null;
  let given = [];
  return {
    prepare: (...withThese) => { given = withThese; },
    field: () => null,
    sayAgain: () => loaded?.sayAgain(),
    show: async () => {
      const view = loaded ?? (await opened(load));
      if (loaded === null) view.prepare(...given);
      loaded = view;
      await view.show();
    },
  };
}

/** Return the desk that works without a line. It is loaded behind all else, and asked for until it can be had. */
function offlineDesk() {
  offline ??= untilOpened(() => import("./offline.js")).then((loaded) => {
    loaded.prepare(branch);
    return loaded;
  });
  return offline;
}

async function untilOpened(load) {
  for (;;) {
    try {
      return await opened(load);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}

async function start() {
  await speak(spoken());
  find("language").value = spoken();
  const services = await (await fetch("services.json", { cache: "no-cache" })).json();
  useServices(services);
  useMembers(services.members);
  for (const name of ["books", "members", "loans"]) {
    find("services").append(make("li", {}, make("a", { href: `${services[name]}/docs`, "data-word": name }, word(name))));
  }
  for (const view of Object.values(VIEWS)) view.prepare(branch, scans);
  setTimeout(offlineDesk, SOON);
  panel.prepare({ scans, branch, refresh: () => lend.refresh() });
  preparePaper();
  prepareHelp();
  listen({ field: () => shownView()?.field(), lost: sayLost, escape });
  find("sign-in").addEventListener("click", signIn);
  find("sign-out").addEventListener("click", leave);
  find("language").addEventListener("change", changeLanguage);
  find("branch").addEventListener("change", changeBranch);
  find("show-settings").addEventListener("click", showSettings);
  find("enrol").addEventListener("click", () => panel.open("enrol", find("card").value.trim()));
  find("applications").addEventListener("click", () => panel.open("applications"));
  find("fast-add").addEventListener("click", () => panel.open("fast_add", find("words").value.trim()));
  prepareTicks();
  find("views").addEventListener("click", goTo);
  window.addEventListener("hashchange", () => shownView() === VIEWS[asked()] || showView());
  window.addEventListener("beforeunload", (event) => {
    if (scans.underWay > 0) event.preventDefault(); // the browser asks whether to leave them
  });
  let trouble = "";
  try {
    await comeBack();
  } catch (error) {
    trouble = word("sign_in_failed", { why: error.message });
  }
  await enter(trouble);
}

/** Show what has changed of a scan, or without one of a turn. What goes wrong in that must not keep the next from being done. */
function changed(turn, scan) {
  try {
    (turn === scans.ofNobody ? returns : lend).changed(turn, scan);
    if (scan?.state === "done" && ON_SLIPS.has(scan.kind)) newest = { turn, scan };
    gone.show(scans);
    if (scans.underWay === 0) tell("");
  } catch (error) {
    reportError(error);
  }
}

/** Return the view that is shown; undefined where nobody may work here. */
const shownView = () => (find("views").hidden ? undefined : VIEWS[Object.keys(VIEWS).find((name) => !find(name).hidden)]);

/** Leave what one is in: a form, the panel, and else the member. */
function escape() {
  const at = document.activeElement;
  if (closeAround(at)) return;
  if (find("panel").contains(at)) panel.close();
  else if (shownView() === lend) lend.nextMember();
}

/** Do something with what is loaded only now. */
async function withOpened(load, use) {
  try {
    await use(await opened(load));
  } catch (error) {
    tell(against(error)[0]);
  }
}

/** Let a slip be printed, and how be chosen. */
function preparePaper() {
  const print = (use) => withOpened(() => import("./print.js"), use);
  find("paper-settings").addEventListener("toggle", () => find("paper-settings").open && print((loaded) => loaded.showSettings()));
  const printNewest = () => (newest === null ? tell(word("nothing_to_print")) : print((loaded) => loaded.printSlip(newest)));
  find("print-slip").addEventListener("click", printNewest);
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.code !== "KeyP" || find("views").hidden) return;
    event.preventDefault();
    printNewest();
  });
}

/** Let `?` show the keys, wherever nobody is in the midst of typing. */
function prepareHelp() {
  const show = () => withOpened(() => import("./help.js"), (help) => help.show());
  find("show-keys").addEventListener("click", show);
  document.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || (isTypedInto(at) && at.value !== "")) return;
    event.preventDefault();
    event.stopPropagation(); // or it would be the first sign of a scan
    show();
  }, true);
}

/** Let sounds and discretion be turned on and off, and stay so. */
function prepareTicks() {
  find("sounds").checked = sounds.areOn();
  find("sounds").addEventListener("change", () => sounds.turn(find("sounds").checked));
  find("discreet").checked = localStorage.getItem(DISCREET) === "on";
  const be = () => document.body.classList.toggle("discreet", find("discreet").checked);
  find("discreet").addEventListener("change", () => {
    localStorage.setItem(DISCREET, find("discreet").checked ? "on" : "off");
    be();
    lend.refresh(); // what is not shown was not asked for
  });
  be();
}

function tell(text) {
  if (find("told").textContent !== text) find("told").textContent = text;
}

const sayLost = (code) => tell(word("scanned_here", { code }));

function showSettings() {
  const isOpen = find("settings").classList.toggle("open");
  find("show-settings").setAttribute("aria-expanded", String(isOpen));
}

/** Show the views to whoever may work here, and the welcome to everybody else. */
async function enter(trouble) {
  let who = null;
  try {
    if ((await token()) !== null) who = whoIsSignedIn();
  } catch {
    trouble ||= word("no_answer");
  }
  hold(who && (await ownRights().catch(() => null)));
  if (who === null || !worksHere(who)) {
    welcome(trouble || (who === null ? "" : word("not_a_desk")), who);
    return;
  }
  find("welcome").hidden = true;
  find("enrol").hidden = !may("change_members");
  find("applications").hidden = !may("see_contacts");
  find("fast-add").hidden = !may("catalogue") || !may("copies");
  for (const link of find("views").children) link.hidden = !isOpen(link.hash.slice(1));
  for (const id of ["views", "branch-label", "sign-out", "person"]) find(id).hidden = false;
  await Promise.all([showPerson(), showBranches(), rememberCategories().catch(() => {})]); // without their names codes will do
  offlineDesk().then((loaded) => loaded.signedIn());
  await showView();
}

/** Whether the person may work in a view. */
const isOpen = (view) => FOR[view].length === 0 || FOR[view].some((right) => may(right));

/** Whether the person may do anything here that not everybody may; where that is not known yet, the token gives a hint. */
const worksHere = (who) => (isKnown() ? Object.keys(FOR).some((view) => FOR[view].length > 0 && isOpen(view)) : who.scope.split(" ").includes("loans:write"));

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
  const kept = sessionStorage.getItem(BRANCH) ?? localStorage.getItem(BRANCH); // two desks may stand in one browser
  const option = (code, name) => make("option", { value: code }, name);
  find("branch").replaceChildren(option("", word("own_branch")), ...known.map((each) => option(each.code, each.name)));
  find("branch").value = known.some((each) => each.code === kept) ? kept : known.length === 1 ? known[0].code : "";
  askForBranch();
}

/** Ask for the branch where there are several: without it a copy of another one is not sent home. */
function askForBranch() {
  find("branch-told").textContent = branch() === "" && find("branch").options.length > 2 ? word("choose_your_branch") : "";
}

/** Return the name of the view that the address asks for, or else of the first in which the person may work. */
function asked() {
  const name = location.hash.slice(1);
  return name in VIEWS && isOpen(name) ? name : Object.keys(VIEWS).find(isOpen);
}

/** Show a view at once: the browser tells of its new address later, and the next key or scan is meant for this view already. */
function goTo(event) {
  const link = event.target.closest("a");
  if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  location.hash = link.hash;
  showView();
}

async function showView() {
  const name = asked();
  if (find("views").hidden) return;
  for (const each of Object.keys(VIEWS)) find(each).hidden = each !== name;
  for (const link of find("views").children) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${word(name)} · ${word("title")}`;
  tell("");
  verdict.clear();
  try {
    await VIEWS[name].show();
  } catch (error) {
    reportError(error);
    tell(word("no_answer"));
  }
}

async function changeLanguage() {
  try {
    await speak(find("language").value);
  } catch {
    find("language").value = spoken();
    tell(word("no_answer"));
    return;
  }
  for (const view of Object.values(VIEWS)) view.sayAgain();
  gone.show(scans);
  askForBranch();
  panel.drawAgain();
  find("branch").options[0] && (find("branch").options[0].textContent = word("own_branch"));
  await showView();
  find("language").focus();
}

async function changeBranch() {
  sessionStorage.setItem(BRANCH, branch());
  localStorage.setItem(BRANCH, branch());
  askForBranch();
  await showView();
}

async function leave() {
  if (scans.underWay > 0) {
    tell(word("stay", { count: scans.underWay }));
    return;
  }
  const there = await signOut();
  if (there === null) location.reload(); // nothing of whoever was here stays on the page
  else location.assign(there);
}

start();
