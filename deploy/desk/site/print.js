// Slips on paper, made of what the library answered: due dates, what waits on the hold shelf, where a copy travels, receipts.
// The browser prints them: on a roll of 58 or 80 mm, whose length is that of the slip, or on A4.

import { branchName, zoneOf } from "./library.js";
import { find, make } from "./page.js";
import { day, dueDate, inLanguage, LANGUAGES, money, spoken, word } from "./words.js";

const PAPER = "desk.paper";
const NAMES = "desk.slip_names";
const LANGUAGE = "desk.slip_language."; // and the branch: whoever stands at its desk speaks what is spoken there
const PAPERS = { 58: "58 mm", 80: "80 mm", 210: "A4" }; // by width in millimetres
const NAMINGS = { name: "slip_name", code: "slip_code" };
const MARGIN = 3; // millimetres
const A_PIXEL = 25.4 / 96; // in millimetres
const END = 4; // of a card number or an id, as a code that names nobody
const sheet = new CSSStyleSheet();
let newest = null; // of what was lent, renewed or taken back

/** Make ready what is chosen about slips, and the button that prints the newest. */
export function prepare() {
  document.head.append(make("link", { rel: "stylesheet", href: "print.css" }));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const choice = (id, label, kept, options, usual) => {
    const chosen = localStorage.getItem(kept) ?? usual;
    const list = make("select", { id, onchange: (event) => localStorage.setItem(kept, event.target.value) },
      ...Object.entries(options).map(([value, text]) => make("option", { value, selected: value === chosen, ...(options === NAMINGS && { "data-word": text }) }, options === NAMINGS ? word(text) : text)));
    return make("label", {}, make("span", { "data-word": label }, word(label)), " ", list);
  };
  find("settings").append(
    make("details", { class: "paper" }, make("summary", { "data-word": "paper" }, word("paper")),
      choice("paper", "paper", PAPER, PAPERS, "80"), " ", choice("slip-names", "hold_slips", NAMES, NAMINGS, "code"), " ", languageChoice()),
    make("button", { type: "button", id: "print-slip", "data-word": "print_slip", onclick: printNewest }, word("print_slip")));
  document.body.append(make("div", { id: "slip" }));
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.code !== "KeyP" || find("views").hidden) return;
    event.preventDefault();
    printNewest();
  });
}

function languageChoice() {
  const names = LANGUAGES.map((each) => make("option", { value: each, lang: each }, new Intl.DisplayNames(each, { type: "language" }).of(each)));
  const list = make("select", { id: "slip-language", onchange: () => localStorage.setItem(LANGUAGE + find("branch").value, list.value) },
    make("option", { value: "", "data-word": "slip_as_page" }, word("slip_as_page")), ...names);
  find("branch").addEventListener("change", showLanguage);
  return make("label", {}, make("span", { "data-word": "slip_language" }, word("slip_language")), " ", list);
}

/** Show in which language the slips of this branch are. */
export function showLanguage() {
  find("slip-language").value = localStorage.getItem(LANGUAGE + find("branch").value) ?? "";
}

/** Remember what was done, for whoever asks for a slip. */
export function note(turn, scan) {
  if (scan?.state === "done" && ["lend", "renew", "return"].includes(scan.kind)) newest = { turn, scan };
}

/** Print the slip of what was done last; of a member's turn, all that was lent and renewed in it. */
function printNewest() {
  if (newest === null) return find("told").replaceChildren(word("nothing_to_print"));
  const { turn, scan } = newest;
  if (scan.kind !== "return") return print(() => dueSlip(turn.scans.filter((each) => each.state === "done" && ["lend", "renew"].includes(each.kind))));
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

/** Print a receipt as the library has it: `{number, at, lines: [{reason, amount}], total}`; `reasonOf` says a reason in words. */
export function printReceipt({ number, at, lines, total }, reasonOf = (reason) => reason) {
  print(() => [line(word("receipt"), "slip-kind"), line(number, "slip-title"), line(day(at)),
    ...lines.map(({ reason, amount }) => line(`${reasonOf(reason)}: ${money(amount)}`)), line(money(total), "slip-title")]);
}

const named = (branch) => (branchName(branch) === branch ? branch : `${branchName(branch)} (${branch})`);

async function print(tell) {
  const chosen = find("slip-language").value || spoken();
  const lines = await inLanguage(chosen, tell);
  const slip = find("slip");
  slip.lang = chosen;
  const width = Number(find("paper").value);
  slip.replaceChildren(...lines.filter(Boolean));
  slip.style.setProperty("width", `${width - 2 * MARGIN}mm`);
  slip.classList.add("measured");
  const height = Math.ceil(slip.scrollHeight * A_PIXEL) + 2 * MARGIN + 2;
  slip.classList.remove("measured");
  sheet.replaceSync(`@page { margin: ${MARGIN}mm; size: ${width === 210 ? "A4" : `${width}mm ${height}mm`}; }`);
  globalThis.print();
}
