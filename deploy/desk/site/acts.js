// An act that is no scan: a button, and where something is to be asked, a form under it. What is said against it stands in the
// form, with the way on; what came of it is said once. It is asked for under one key until there is an answer.

import { Refused } from "./library.js";
import { mayBeOverridden, reasonForm } from "./overrides.js";
import { against, make } from "./page.js";
import * as panel from "./panel.js";
import * as verdict from "./verdict.js";
import { word } from "./words.js";

let fields = 0; // grows with each, so that every label finds its own

/**
 * Return an act, to be put where it is wanted. `name` is the word on its button, and `done_${name}` what is said when it is
 * done. `what` says with what, where several have the same button. `ask` are the fields of its form, `perform(values, key)`
 * does it, `done(answer)` returns texts about it, and `after(answer)` shows what has changed. With `overrides` staff may
 * have their way against the rules, for a reason: it is the value `override`.
 */
export function act(name, { what = "", ask = [], perform, done = () => [], after = panel.drawAgain, overrides = false }) {
  const place = make("div", { class: "act" });
  const button = make("button", {
    type: "button", "aria-label": what ? `${word(name)}: ${what}` : undefined, "aria-expanded": ask.length > 0 ? "false" : undefined,
    onclick: () => (ask.length > 0 ? toggle() : run({})),
  }, word(name));
  place.append(button);
  const own = { place, button, name, what, perform, done, after, overrides, key: crypto.randomUUID(), fields: [] };
  const run = (values) => send(own, values);

  function toggle() {
    const isOpen = own.form !== undefined;
    close(own);
    if (isOpen) return;
    own.form = formOf(own, ask, run);
    button.setAttribute("aria-expanded", "true");
    place.append(own.form);
    own.form.querySelector("input, select, textarea").focus();
  }
  return place;
}

function close(own) {
  own.form?.remove();
  own.form = undefined;
  own.trouble?.remove();
  if (own.button.hasAttribute("aria-expanded")) own.button.setAttribute("aria-expanded", "false");
}

function formOf(own, ask, run) {
  own.fields = ask.map(fieldOf);
  const form = make("form", { class: "asked", autocomplete: "off", onsubmit: (event) => {
    event.preventDefault();
    run(valuesOf(own));
  } }, ...own.fields.map(({ label }) => label), make("button", { class: "main" }, word(own.name)));
  return form;
}

const valuesOf = (own) => Object.fromEntries(own.fields.map(({ name, value }) => [name, value()]).filter(([, value]) => value !== undefined));

/** Return a field: its name, its label with the input, and its value, undefined where it may be left empty and is. */
function fieldOf({ name, type = "text", required = false, value = "", options = [], most = 500 }) {
  fields += 1;
  const id = `asked-${fields}`;
  const common = { id, name, required };
  let input;
  if (type === "choice") {
    input = make("select", common, ...options.map(([code, text]) => make("option", { value: code, selected: code === value }, text)));
  } else if (type === "tick") {
    input = make("input", { ...common, type: "checkbox", checked: value === true });
  } else {
    const decimal = type === "money" ? { type: "text", inputmode: "decimal", pattern: "[0-9]+([.,][0-9]+)?" } : { type };
    input = make("input", { ...common, ...decimal, value, maxlength: type === "text" ? String(most) : undefined });
  }
  const label = make("label", { for: id, class: type === "tick" ? "tick" : "field" }, ...(type === "tick" ? [input, word(`ask_${name}`)] : [word(`ask_${name}`), input]));
  return { name, label, value: () => (type === "tick" ? input.checked : input.value.trim() === "" && !required ? undefined : input.value.trim()) };
}

async function send(own, values) {
  const { place, name, what, perform, done, after } = own;
  if (own.isBusy) return;
  own.isBusy = true;
  place.setAttribute("aria-busy", "true"); // its buttons stay where they are: a disabled one would lose the caret
  own.trouble?.remove();
  verdict.show(own, "working", word(name), what);
  let answer;
  try {
    answer = await perform(values, own.key);
  } catch (error) {
    if (!error.unanswered) own.key = crypto.randomUUID(); // what was refused is asked anew; what was not answered, never twice
    if (error.status === 412) { // what was shown is not so any more, so it is shown anew
      verdict.say(own, "bad", word("not_done"), what, ...against(error));
      await after();
    } else {
      told(own, values, error);
    }
    return;
  } finally {
    own.isBusy = false;
    place.removeAttribute("aria-busy");
  }
  verdict.say(own, "good", word(`done_${name}`), what, ...done(answer));
  close(own);
  own.key = crypto.randomUUID();
  await after(answer);
}

/** Show what was said against an act, where the act is. */
function told(own, values, error) {
  const why = against(error);
  verdict.show(own, "bad", word("not_done"), own.what, ...why);
  const again = !(error instanceof Refused) || error.unanswered ? [make("button", { type: "button", onclick: () => send(own, values) }, word("try_again"))] : [];
  own.trouble = make("div", { class: "answer bad", role: "alert" }, make("p", { class: "headline" }, word("not_done")),
    ...why.map((each) => (each instanceof Node ? each : make("p", {}, each))), ...again, ...(own.overrides && mayBeOverridden(error) ? [overrideForm(own, values, error)] : []));
  own.place.append(own.trouble);
}

const overrideForm = (own, values, error) => reasonForm(error, word("all_the_same"), (override) => send(own, { ...values, override }));

/** Return an amount that was typed, as minor units of its currency. */
export function amountOf(text, currency) {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  return { amount: Math.round(Number(text.replace(",", ".")) * 10 ** digits), currency };
}

/** Return an amount as it is typed. */
export function typed({ amount, currency }) {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  return (amount / 10 ** digits).toFixed(digits);
}
