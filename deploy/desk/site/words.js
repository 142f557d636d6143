// What the page says, in each language: the sentences stand in words/, a file for each; in words/more/ those that only say what is
// loaded when it is opened. Where a service refuses something, it says so itself, in the language that is spoken here.

export const LANGUAGES = ["en", "de", "fr", "es"];
const KEPT = "desk.language";
const sentences = new Map(); // of each language that was loaded
const folders = new Set(["words"]); // that are wanted
const loaded = new Set(); // the files
let language = choose();
await load(language);

function choose() {
  const wanted = [localStorage.getItem(KEPT), ...navigator.languages];
  return wanted.map((each) => (each || "").slice(0, 2)).find((each) => LANGUAGES.includes(each)) || "en";
}

async function load(chosen) {
  await Promise.all([...folders].map((folder) => `${folder}/${chosen}.json`).filter((file) => !loaded.has(file)).map(async (file) => {
    const answer = await fetch(new URL(file, import.meta.url));
    sentences.set(chosen, { ...(await answer.json()), ...sentences.get(chosen) });
    loaded.add(file);
  }));
}

/** Be able to say all sentences from now on, in whatever language. Throws when they cannot be had. */
export async function sayMore() {
  folders.add("words/more");
  for (let chosen = null; chosen !== language;) { // perhaps another is chosen meanwhile
    chosen = language;
    await load(chosen);
  }
}

const filled = (text, figures) => text.replace(/{(\w+)}/g, (whole, name) => figures[name] ?? whole);

/** Return the sentence of this name, with its figures filled in; one with forms for one and for several goes by `count`. */
export function word(name, figures = {}) {
  const said = sentences.get(language)[name] ?? name; // each has all of them
  return filled(said.other === undefined ? said : (said[new Intl.PluralRules(language).select(figures.count)] ?? said.other), figures);
}

/** Return the language that is spoken, such as `fr`. */
export const spoken = () => language;

/** Speak another language from now on, and after a reload. Throws a TypeError when its sentences cannot be had. */
export async function speak(chosen) {
  await load(chosen);
  language = chosen;
  localStorage.setItem(KEPT, chosen);
  document.documentElement.lang = chosen;
  document.title = word("title");
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = word(each.dataset.word);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", word(each.dataset.label));
}

/** Return what `tell()` says in another language; the page goes on in its own. */
export async function inLanguage(chosen, tell) {
  await load(chosen);
  const own = language;
  language = chosen;
  try {
    return tell();
  } finally {
    language = own;
  }
}

/** Return what the service tells the desk of a copy of this status, in the language of the page. */
export const notice = (status, told) => (language !== "en" && sentences.get(language)[`notice_${status}`]) || told;

/** Return the notes that came with an answer, a line each, but for those whose text is `shown` already. */
export const notes = (told = [], shown = []) =>
  told.filter(({ text }) => !shown.includes(text)).map(({ of, text }) => word(`note_of_${of}`, { text }));

/** Return the language as it is written where the browser is: `en-GB` or `en-US`. */
const written = () => navigator.languages.find((each) => each.startsWith(language)) ?? language;

/** Return the day of a moment, as it is counted in a time zone; a day without an hour is that day everywhere. */
export function day(time, zone) {
  const timeZone = time.includes("T") ? zone : "UTC";
  return new Date(time).toLocaleDateString(written(), { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone });
}

/** Return the year of a book as it is said, before the count of years and after its beginning. */
export function yearOf({ published_year: year }) {
  if (year === null || year === undefined) return "";
  return year < 0 ? word("before_christ", { year: -year }) : String(year);
}

/** Return the day on which somebody was born. */
export const birthday = (date) =>
  new Date(date).toLocaleDateString(written(), { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

/** Return a due date in a time zone: the day, and the hour where it is due within a day. */
export function dueDate(time, zone) {
  const due = new Date(time);
  const soon = due - Date.now() < 24 * 3600 * 1000;
  const hour = due.toLocaleTimeString(written(), { hour: "2-digit", minute: "2-digit", timeZone: zone });
  return soon ? word("until_time", { day: day(time, zone), time: hour }) : day(time, zone);
}

/** Return an amount of money that is given in minor units. */
export function money({ amount, currency }) {
  const shown = new Intl.NumberFormat(written(), { style: "currency", currency });
  return shown.format(amount / 10 ** shown.resolvedOptions().maximumFractionDigits);
}
