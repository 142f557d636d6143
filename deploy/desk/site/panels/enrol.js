// Enrol a member: first who is known already under this name, telephone or address, then the new record.

import { act } from "../acts.js";
import { branchChoices, categoryChoices, categoryName, change, membersKnownAs, Refused } from "../library.js";
import { make } from "../page.js";
import * as panel from "../panel.js";
import { birthday, word } from "../words.js";

export function content(name, { scans, branch }) {
  const known = make("div", { role: "status" });
  const ask = [
    { name: "name", value: /\d/.test(name) ? "" : name, required: true },
    { name: "category", type: "choice", value: "adult", options: categoryChoices() },
    { name: "date_of_birth", type: "date" }, { name: "card_number", value: /\d/.test(name) ? name : "", most: 60 },
    { name: "street" }, { name: "postal_code" }, { name: "city" }, { name: "phone", type: "tel" }, { name: "email", type: "email" },
    { name: "home_branch", type: "choice", value: branch(), options: [["", "–"], ...branchChoices()] },
  ];
  let shownFor = null; // the name for which it was shown who is known already
  const enrol = act("enrol", { ask,
    perform: async ({ street, postal_code, city, ...values }, key) => {
      if (shownFor !== values.name) {
        const alike = await alikeTo(values);
        shownFor = values.name;
        known.replaceChildren(...shown(alike, scans));
        if (alike.length > 0) throw new Refused(409, [{ code: "known-already", detail: word("known_already", { count: alike.length }) }]);
      }
      return change("members", "members", { ...values, ...(street || postal_code || city ? { address: { street, postal_code, city } } : {}) }, { key });
    },
    done: ({ name: enrolled, card_number }) => [`${enrolled} (${card_number})`],
    after: (member) => {
      panel.close();
      scans.member(member);
    } });
  enrol.querySelector("button").click(); // whoever opened this wants the form
  return [word("new_member"), make("p", {}, word("enrol_text")), enrol, known];
}

async function alikeTo({ name, date_of_birth: born, phone, email }) {
  const found = await Promise.all([name, phone, email].filter(Boolean).map((words) => membersKnownAs(words)));
  const all = new Map(found.flatMap(({ items }) => items).map((each) => [each.member_id, each]));
  return [...all.values()].filter((each) => !born || !each.date_of_birth || each.date_of_birth === born);
}

function shown(alike, scans) {
  return alike.map((each) => make("p", {}, [each.name, each.date_of_birth && birthday(each.date_of_birth), categoryName(each.category), each.card_number].filter(Boolean).join(", "), " ",
    make("button", { type: "button", onclick: () => scans.member(each) }, word("serve", { name: each.name }))));
}
