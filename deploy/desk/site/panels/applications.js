// Who has asked to join by the library's website: to be made a member once the desk has seen who it is, or to be forgotten.

import { act } from "../acts.js";
import { branchName, categoryChoices, categoryName, change, read } from "../library.js";
import { make } from "../page.js";
import * as panel from "../panel.js";
import { isFor } from "../rights.js";
import { birthday, day, word } from "../words.js";

export async function content(_, { scans }) {
  const { items, next_cursor: more } = await read("members", "applications", { limit: 50 }); // the oldest come first
  return [
    word("applications"),
    make("p", {}, items.length === 0 ? word("no_applications") : word(more ? "found_more" : "found_some", { count: items.length })),
    ...items.map((each) => one(each, scans)),
  ];
}

function one({ application_id: id, applicant, applied_at: since, confirmed_at: confirmed }, scans) {
  const { category, date_of_birth: born, email, phone, mobile, home_branch: branch } = applicant;
  const { street, postal_code: code, city } = applicant.address ?? {};
  const name = applicant.name ?? [applicant.given_name, applicant.family_name].filter(Boolean).join(" ");
  const facts = [born && birthday(born), street, [code, city].filter(Boolean).join(" "), email, phone, mobile].filter(Boolean).join(", ");
  const told = [categoryName(category), branch && branchName(branch), word("applied_on", { day: day(since) }), confirmed ? word("confirmed_on", { day: day(confirmed) }) : word("not_confirmed")];
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
