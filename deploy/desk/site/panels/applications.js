// Who has asked to join by the library's website: to be made a member once the desk has seen who it is, or to be forgotten. What
// nobody has confirmed is not shown: anybody can ask in any name, and it is forgotten by itself.

import { act } from "../acts.js";
import { branchName, categoryChoices, categoryName, change, read } from "../library.js";
import { against, make } from "../page.js";
import * as panel from "../panel.js";
import { isFor } from "../rights.js";
import { birthday, day, word } from "../words.js";

export async function content(_, { scans }) {
  const shown = { told: make("p"), list: make("div"), scans };
  await add(shown);
  return [word("applications"), shown.told, shown.list];
}

/** Show those that come next; the oldest come first. */
async function add({ told, list, scans }, cursor) {
  const { items, next_cursor: next } = await read("members", "applications", { confirmed: true, limit: 50, cursor });
  list.append(...items.map((each) => one(each, scans)));
  const count = list.querySelectorAll("section").length;
  told.replaceChildren(count === 0 ? word("no_applications") : word(next ? "found_more" : "found_some", { count }));
  if (next) list.append(buttonForMore({ told, list, scans }, next));
}

function buttonForMore(shown, cursor) {
  const button = make("button", { type: "button", onclick: async () => {
    const before = button.previousElementSibling;
    button.disabled = true;
    try {
      await add(shown, cursor);
      button.remove();
      before.nextElementSibling?.querySelector("button")?.focus();
    } catch (error) {
      shown.told.replaceChildren(against(error)[0]);
      button.disabled = false;
    }
  } }, word("more"));
  return button;
}

function one({ application_id: id, applicant, applied_at: since, confirmed_at: confirmed }, scans) {
  const { category, date_of_birth: born, email, phone, mobile, home_branch: branch } = applicant;
  const { street, postal_code: code, city } = applicant.address ?? {};
  const name = applicant.name ?? [applicant.given_name, applicant.family_name].filter(Boolean).join(" ");
  const facts = [born && birthday(born), street, [code, city].filter(Boolean).join(" "), email, phone, mobile].filter(Boolean).join(", ");
  const told = [categoryName(category), branch && branchName(branch), word("applied_on", { day: day(since) }), word("confirmed_on", { day: day(confirmed) })];
  return make("section", { "aria-label": name }, make("h3", { class: "private" }, name), make("p", { class: "private" }, facts), make("p", {}, told.filter(Boolean).join(" · ")),
    isFor("change_members", () => make("div", { class: "row" },
      act("accept", { what: name, ask: [{ name: "category", type: "choice", value: category, options: categoryChoices() }, { name: "card_number", most: 60 }, { name: "expires_on", type: "date" }],
        perform: (values, key) => change("members", `applications/${id}/accept`, values, { key }),
        done: ({ card_number }) => [card_number],
        after: (member) => {
          panel.close();
          scans.member(member);
        } }),
      act("forget_application", { what: name, ask: [{ name: "sure", type: "tick", required: true }],
        perform: () => change("members", `applications/${id}`, undefined, { method: "DELETE" }) }))));
}
