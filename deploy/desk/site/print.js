// Slips on paper, made of what the library answered: due dates, what waits on the hold shelf, where a copy travels, receipts.
// The browser prints them: on a roll of 58 or 80 mm, whose length is that of the slip, or on A4.

import { branchName, Refused, zoneOf } from "./library.js";
import { find, make } from "./page.js";
import { day, dueDate, inLanguage, LANGUAGES, money, spoken, word } from "./words.js";

const PAPER = "desk.paper";
const NAMES = "desk.slip_names";
const LANGUAGE = "desk.slip_language."; // and the branch: what is spoken there, for members without a language of their own
const WIDTH = "80"; // unless another is chosen
const PAPERS = { 58: "58 mm", 80: "80 mm", 210: "A4" }; // by width in millimetres
const NAMINGS = { name: "slip_name", code: "slip_code" };
const MARGIN = 3; // millimetres
const A_PIXEL = 25.4 / 96; // in millimetres
const END = 4; // of a card number or an id, as a code that names nobody
const sheet = new CSSStyleSheet();
let isReady = null; // the promise of it

/** Make ready what is printed, and how it looks. Where that cannot be had, it is asked for again the next time. */
function ready() {
  isReady ??= new Promise((resolve, reject) => {
    const look = make("link", { rel: "stylesheet", href: "print.css", onload: () => {
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      document.body.append(make("div", { id: "slip" }));
      resolve();
    }, onerror: () => {
      look.remove();
      isReady = null;
      reject(new Refused(0, []));
    } });
    document.head.append(look);
  });
  return isReady;
}

/** Show what may be chosen about slips. */
export function showSettings() {
  const place = find("paper-settings");
  const choice = (id, label, kept, options, usual) => {
    const chosen = localStorage.getItem(kept) ?? usual;
    const list = make("select", { id, onchange: (event) => localStorage.setItem(kept, event.target.value) },
      ...Object.entries(options).map(([value, text]) => make("option", { value, selected: value === chosen, ...(options === NAMINGS && { "data-word": text }) }, options === NAMINGS ? word(text) : text)));
    return make("label", {}, make("span", { "data-word": label }, word(label)), " ", list);
  };
  place.replaceChildren(place.querySelector("summary"), choice("paper", "paper", PAPER, PAPERS, WIDTH), " ",
    choice("slip-names", "hold_slips", NAMES, NAMINGS, "code"), " ", languageChoice());
}

function languageChoice() {
  const names = LANGUAGES.map((each) => make("option", { value: each, lang: each }, new Intl.DisplayNames(each, { type: "language" }).of(each)));
  const list = make("select", { id: "slip-language", onchange: () => localStorage.setItem(LANGUAGE + find("branch").value, list.value) },
    make("option", { value: "", "data-word": "slip_as_page" }, word("slip_as_page")), ...names);
  const show = () => { list.value = ofBranch() ?? ""; };
  find("branch").onchange = show; // one list at a time
  show();
  return make("label", {}, make("span", { "data-word": "slip_language" }, word("slip_language")), " ", list);
}

/** Return the language that is chosen for the slips of this branch. */
const ofBranch = () => localStorage.getItem(LANGUAGE + find("branch").value);

/** Return the language of what a member takes home: the member's own, where the page speaks it. */
const ofMember = (member) => LANGUAGES.find((each) => each === member?.language?.slice(0, 2).toLowerCase());

/** Print the slip of what was done last; of a member's turn, all that was lent and renewed in it. */
export function printSlip({ turn, scan }) {
  if (scan.kind !== "return") {
    return print(() => dueSlip(turn.scans.filter((each) => each.state === "done" && ["lend", "renew"].includes(each.kind))), ofMember(turn.member));
  }
  const { hold, next, transit_to: to } = scan.answer;
  if (next === "hold_shelf" && hold) return print(() => holdSlip(scan));
  if (next === "transit") return print(() => transitSlip(scan, hold?.pickup_branch ?? to));
  return find("told").replaceChildren(word("nothing_to_print"));
}

const line = (text, kind) => make("p", { class: kind }, text);
const titleOf = ({ answer, what, title }) => answer.loan?.title ?? answer.hold?.title ?? answer.title ?? title ?? what.barcode;

function dueSlip(scans) {
  const byLoan = new Map(scans.map((each) => [each.answer.loan_id, each.answer])); // what was renewed once more counts with its last date
  return [line(word("slip_due"), "slip-big"), line(day(new Date().toISOString())),
    ...[...byLoan.values()].flatMap((loan) => [line(loan.title, "slip-title"), line(dueDate(loan.due_at, zoneOf(loan.branch)))])];
}

function holdSlip(scan) {
  const { hold } = scan.answer;
  const waiting = scan.waiting; // the member, where the page has asked for it
  const code = (waiting?.card_number ?? hold.hold_id).slice(-END).toUpperCase();
  const who = localStorage.getItem(NAMES) === "name" && waiting ? waiting.name : code;
  return [line(word("slip_hold"), "slip-kind"), line(who, "slip-big"), line(titleOf(scan), "slip-title"), line(scan.what.barcode),
    hold.pickup_until && line(word("pickup_until", { day: day(hold.pickup_until, zoneOf(hold.pickup_branch)) })), hold.pickup_branch && line(named(hold.pickup_branch))];
}

function transitSlip(scan, branch) {
  return [line(word("slip_transit"), "slip-kind"), line(branch ? named(branch) : word("next_home"), "slip-big"), line(titleOf(scan), "slip-title"), line(scan.what.barcode),
    line(day(new Date().toISOString()))];
}

/** Print a member's receipt as the library has it: `{number, at, lines: [{reason, amount}], total}`; `reasonOf` says a reason in words. */
export function printReceipt(member, { number, at, lines, total }, reasonOf) {
  return print(() => [line(word("receipt"), "slip-kind"), line(number, "slip-title"), line(day(at)),
    ...lines.map(({ reason, amount }) => line(`${reasonOf(reason)}: ${money(amount)}`)), line(money(total), "slip-title")], ofMember(member));
}

const named = (branch) => (branchName(branch) === branch ? branch : `${branchName(branch)} (${branch})`);

/** Print what `tell` returns, in this language, or else in that of the branch or of the page. */
async function print(tell, language) {
  const chosen = language ?? (ofBranch() || spoken());
  const [lines] = await Promise.all([inLanguage(chosen, tell), ready()]);
  const slip = find("slip");
  slip.lang = chosen;
  const width = Number(localStorage.getItem(PAPER) ?? WIDTH);
  slip.replaceChildren(...lines.filter(Boolean));
  slip.style.setProperty("width", `${width - 2 * MARGIN}mm`);
  slip.classList.add("measured");
  const height = Math.ceil(slip.scrollHeight * A_PIXEL) + 2 * MARGIN + 2;
  slip.classList.remove("measured");
  sheet.replaceSync(`@page { margin: ${MARGIN}mm; size: ${width === 210 ? "A4" : `${width}mm ${height}mm`}; }`);
  globalThis.print();
}
