// Figures: how many of what there were today, this week, this year; by branch or by whatever else is known. The table first.

import { branchChoices, branchName, categoryName, read, zoneOf } from "../library.js";
import { make, refusal, table } from "../page.js";
import { reach } from "../rights.js";
import { money, spoken, word } from "../words.js";
import { chosenIn, field, fileButton, said } from "./asking.js";
import { bars } from "./chart.js";

const SERVICES = ["loans", "books", "members"];
const PERIODS = { today: "day", week: "day", month: "day", year: "month", years: "year" }; // and the steps in which each is shown
const OF_MONEY = new Set(["charged", "paid", "waived"]);
const OF_PEOPLE = new Set(["active_borrowers"]);
const YEARS = 5;

let branch = () => "";
let place = null;
let known = []; // what is counted: each with its service
let wanted = { atom: "loans", period: "today", along: "branch" };
let shown = null; // {atom, asked, answer}
let currency = null;

export function prepare(chosenBranch) {
  branch = chosenBranch;
  place = document.getElementById("figures-view");
}

/** Show what may be asked for, and the figures of what was asked for. */
export async function show() {
  if (known.length === 0 && !(await askWhatIsCounted())) return;
  draw();
  await ask();
}

export const sayAgain = () => undefined; // it is asked for anew when it is shown

async function askWhatIsCounted() {
  place.setAttribute("aria-busy", "true");
  const [policy, ...found] = await Promise.allSettled([read("loans", "policies"), ...SERVICES.map((service) => read(service, "statistics"))]);
  place.removeAttribute("aria-busy");
  known = found.flatMap(({ value }, at) => (value?.items ?? []).map((atom) => ({ ...atom, service: SERVICES[at] })));
  currency = currencyIn(policy.value);
  if (known.length > 0) return true;
  place.replaceChildren();
  refusal(place, word("not_shown_here"), "", found[0].reason ?? new Error(word("no_answer")));
  return false;
}

/** Return the currency of the first amount in the rules; null where there is none. */
function currencyIn(value) {
  if (value === null || typeof value !== "object") return null;
  return typeof value.currency === "string" ? value.currency : Object.values(value).map(currencyIn).find(Boolean) ?? null;
}

const atomOf = (name) => known.find(({ atom }) => atom === name) ?? known[0];

function draw() {
  const atom = atomOf(wanted.atom);
  const reached = reach("statistics");
  const branches = reached === null ? [["", word("any")], ...branchChoices()] : branchChoices().filter(([code]) => reached.includes(code));
  if (!branches.some(([code]) => code === (wanted.branch ?? ""))) wanted.branch = branches[0]?.[0];
  const along = [["", word("in_all")], ...atom.dimensions.map((each) => [each, word(`filter_${each}`)])];
  if (!along.some(([code]) => code === wanted.along)) wanted.along = "";
  const again = (event) => {
    const { name } = event.target;
    wanted = { ...wanted, branch: undefined, ...chosenIn(form), along: form.elements.along.value };
    draw();
    place.querySelector(`[name=${name}]`).focus();
    ask();
  };
  const form = make("form", { class: "filters", autocomplete: "off", onsubmit: (event) => {
    event.preventDefault();
    ask();
  } },
  make("label", { for: "atom", class: "field" }, word("what_is_counted"), make("select", { id: "atom", name: "atom", onchange: again },
    ...SERVICES.map((service) => make("optgroup", { label: word(service) }, ...known.filter((each) => each.service === service)
      .map((each) => make("option", { value: each.atom, selected: each === atom }, said("atom_", each.atom))))))),
  field("period", word("period"), { kind: "choice", value: wanted.period, options: Object.keys(PERIODS).map((each) => [each, word(`period_${each}`)]), changed: again }),
  field("along", word("along"), { kind: "choice", value: wanted.along, options: along, changed: again }),
  atom.dimensions.includes("branch") ? field("branch", word("branch"), { kind: "choice", value: wanted.branch ?? "", options: branches, changed: again }) : "",
  fileButton(() => atom.atom, () => questionOf(atom), place));
  place.replaceChildren(form, make("p", { id: "figures-told", role: "status" }), make("div", { id: "figures-rows", class: "figures" }));
}

/** Return the day of a moment, as the branch counts it. */
const dayOf = (moment) => new Intl.DateTimeFormat("en-CA", { timeZone: zoneOf(branch()), year: "numeric", month: "2-digit", day: "2-digit" }).format(moment);

function questionOf(atom) {
  const today = dayOf(new Date());
  const step = OF_PEOPLE.has(atom.atom) && PERIODS[wanted.period] === "day" ? "month" : PERIODS[wanted.period];
  const monday = new Date(`${today}T12:00Z`);
  monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7));
  const first = { today, week: monday.toISOString().slice(0, 10), month: `${today.slice(0, 7)}-01`, year: `${today.slice(0, 4)}-01-01`, years: `${Number(today.slice(0, 4)) - YEARS + 1}-01-01` }[wanted.period];
  const by = [step, wanted.along].filter(Boolean).join(",");
  return { service: atom.service, path: `statistics/${atom.atom}`, query: { by, from: step === "month" ? `${first.slice(0, 7)}-01` : first, to: today, branch: wanted.branch }, step };
}

async function ask() {
  const atom = atomOf(wanted.atom);
  const asked = questionOf(atom);
  const own = { atom, asked };
  shown = own;
  document.getElementById("figures-told").textContent = word("looking", { words: said("atom_", atom.atom) });
  let answer;
  try {
    answer = await read(asked.service, asked.path, asked.query);
  } catch (error) {
    if (own !== shown) return;
    document.getElementById("figures-told").textContent = "";
    document.getElementById("figures-rows").replaceChildren();
    refusal(document.getElementById("figures-rows"), word("not_done"), "", error);
    return;
  }
  if (own === shown) render(own, answer);
}

const figure = (atom, value) => (OF_MONEY.has(atom.atom) && currency ? money({ amount: value, currency }) : new Intl.NumberFormat(spoken()).format(value));

/** Return what a value of a dimension is called. */
function nameOf(dimension, value) {
  if (value === null) return word("merged_cells");
  if (value === "unknown") return word("not_known");
  if (dimension === "branch") return branchName(value);
  if (dimension === "category") return categoryName(value);
  if (dimension === "reason") return said("fine_", value);
  return dimension === "channel" ? said("channel_", value) : value;
}

/** Return a span of time as people write it. */
function spanName(step, span) {
  const at = new Date(`${span.length === 4 ? `${span}-01-01` : span.length === 7 ? `${span}-01` : span}T12:00Z`);
  const parts = { day: { weekday: "short", day: "numeric", month: "short" }, month: { month: "long", year: "numeric" }, year: { year: "numeric" } }[step];
  return new Intl.DateTimeFormat(spoken(), { ...parts, timeZone: "UTC" }).format(at);
}

function render({ atom, asked: { step } }, { rows, merged }) {
  const { along } = wanted;
  const spans = [...new Set(rows.map((row) => row[step]))].sort();
  const values = along ? [...new Map(rows.map((row) => [row[along], nameOf(along, row[along])]))].sort(([, one], [, other]) => one.localeCompare(other)) : [];
  const at = new Map(rows.map((row) => [JSON.stringify([row[step], along ? row[along] : null]), row.value]));
  const valueOf = (span, value) => at.get(JSON.stringify([span, along ? value : null])) ?? 0;
  const isLevel = atom.dimensions.length > 0 && ["stock", "members"].includes(atom.atom); // what there was is not added up over days
  const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);
  const ofSpan = (span) => (along ? sum(values.map(([value]) => valueOf(span, value))) : valueOf(span, null));
  const total = isLevel || OF_PEOPLE.has(atom.atom) || spans.length < 2 ? [] : [word("in_all")];
  document.getElementById("figures-told").textContent = rows.length === 0 ? word("no_figures") : merged > 0 ? word("some_merged", { count: merged }) : "";
  if (rows.length === 0) {
    document.getElementById("figures-rows").replaceChildren();
    return;
  }
  const line = (name, numbers, last) => [make("th", { scope: "row" }, name), ...[...numbers, last].map((each) => make("td", { class: "number" }, figure(atom, each)))];
  const columns = [word("period"), ...values.map(([, name]) => name), word("in_all")];
  const body = spans.map((span) => line(spanName(step, span), values.map(([value]) => valueOf(span, value)), ofSpan(span)));
  if (total.length > 0) body.push(line(total[0], values.map(([value]) => sum(spans.map((span) => valueOf(span, value)))), sum(spans.map(ofSpan))));
  const name = said("atom_", atom.atom);
  const picture = spans.length > 1 || values.length === 0
    ? spans.map((span) => [spanName(step, span), ofSpan(span), figure(atom, ofSpan(span))])
    : values.map(([value, label]) => [label, valueOf(spans[0], value), figure(atom, valueOf(spans[0], value))]);
  document.getElementById("figures-rows").replaceChildren(table(name, columns, body), bars(word("bars_of", { what: name }), picture), make("p", { class: "definition", lang: "en" }, atom.description));
}
