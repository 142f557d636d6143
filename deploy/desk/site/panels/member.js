// What is on record of a member, and all that a desk changes of it.

import { act } from "../acts.js";
import { branchChoices, branchName, categoryChoices, categoryName, change, member as memberById, read } from "../library.js";
import { make } from "../page.js";
import { drawAgain } from "../panel.js";
import { isFor, may } from "../rights.js";
import { birthday, day, word } from "../words.js";

const ACTIONS = ["borrow", "renew", "hold"];

export async function content(at) {
  const [member, blocks] = await Promise.all([memberById(at.member_id), read("members", `members/${at.member_id}/blocks`, { limit: 50 })]);
  Object.assign(at, member); // who is at the desk is the same person, as known now
  const guardians = await Promise.all(member.guardians.map(async (each) => ({ ...each, who: await memberById(each.member_id) })));
  return [
    member.name,
    ...factsOf(member),
    make("div", { class: "row" }, ...actsOn(member, at)),
    ...blocksOf(member, blocks.items),
    ...notesOf(member),
    ...guardiansOf(member, guardians),
  ];
}

function factsOf(member) {
  const { street, postal_code: code, city } = member.address ?? {};
  return [
    [word("card"), member.card_number + (member.card_stopped_at ? ` (${word("is_stopped")})` : "")],
    [word("category"), categoryName(member.category)],
    [word("ask_expires_on"), member.expires_on && day(member.expires_on)],
    [word("born"), member.date_of_birth && birthday(member.date_of_birth)],
    [word("ask_address"), [street, [code, city].filter(Boolean).join(" ")].filter(Boolean).join(", ")],
    [word("ask_phone"), [member.phone, member.mobile].filter(Boolean).join(", ")],
    [word("ask_email"), member.email],
    [word("branch"), member.home_branch && branchName(member.home_branch)],
    [word("suspended"), member.suspension && [member.suspension.reason, member.suspension.until && day(member.suspension.until)].filter(Boolean).join(", ")],
  ].filter(([, told]) => told).map(([name, told]) => make("p", {}, `${name}: `, make("span", { class: "private" }, told)));
}

const to = (member, verb, body) => (_, key) => change("members", `members/${member.member_id}/${verb}`, body, { key });

/** Change what is on record, if it is still what was shown. */
const patch = (member, body) => change("members", `members/${member.member_id}`, body, { method: "PATCH", version: member.version });

const actsOn = (member, at) => [
  ...(isFor("change_members", () => changesOf(member, at)) ?? []),
  ...(isFor("block_members", () => blockingsOf(member)) ?? []),
];

function changesOf(member, at) {
  const { street, postal_code, city, country } = member.address ?? {};
  return [
    act("renew_membership", { ask: [{ name: "expires_on", type: "date" }], done: (renewed) => [day(renewed.expires_on)],
      perform: ({ expires_on }, key) => to(member, "renew", expires_on ? { expires_on } : {})(null, key) }),
    may("see_contacts") && act("change_address", { // or what is not shown would be emptied
      ask: [{ name: "street", value: street ?? "" }, { name: "postal_code", value: postal_code ?? "" }, { name: "city", value: city ?? "" },
        { name: "phone", type: "tel", value: member.phone ?? "" }, { name: "mobile", type: "tel", value: member.mobile ?? "" }, { name: "email", type: "email", value: member.email ?? "" }],
      perform: ({ street: to_street, postal_code: code, city: town, phone, mobile, email }) => patch(member, {
        address: to_street || code || town ? { street: to_street ?? null, postal_code: code ?? null, city: town ?? null, country: country ?? null } : null,
        phone: phone ?? null, mobile: mobile ?? null, email: email ?? null }) }),
    act("change_member", {
      ask: [{ name: "name", value: member.name, required: true }, { name: "category", type: "choice", value: member.category, options: categoryChoices() },
        { name: "home_branch", type: "choice", value: member.home_branch ?? "", options: [["", "–"], ...branchChoices()] }],
      perform: ({ name, category, home_branch }) => patch(member, { ...(name !== member.name && { name }), category, home_branch: home_branch ?? null }) }),
    act("new_card", { ask: [{ name: "card_number", most: 60 }, { name: "reason" }, { name: "keep_old", type: "tick" }],
      done: ({ card_number }) => [card_number], perform: (values, key) => to(member, "cards", values)(null, key) }),
    act("stop_card", { what: member.card_number, ask: [{ name: "reason" }],
      perform: ({ reason }, key) => to(member, `cards/${encodeURIComponent(member.card_number)}/stop`, reason ? { reason } : {})(null, key) }),
    act("set_pin", { ask: [{ name: "pin", type: "password", required: true }],
      perform: ({ pin }) => change("members", `members/${member.member_id}/pin`, { pin }, { method: "PUT" }) }),
    act("leave_message", { ask: [{ name: "text", required: true }, { name: "until", type: "date" }], perform: (values, key) => to(member, "desk-messages", values)(null, key),
      after: () => {
        at.messages = undefined;
        return drawAgain();
      } }),
  ].filter(Boolean);
}

function blockingsOf(member) {
  return [
    act("block", { ask: [{ name: "action", type: "choice", value: ACTIONS[0], options: ACTIONS.map((each) => [each, word(`to_${each}`)]) }, { name: "reason", required: true }, { name: "until", type: "date" }],
      perform: (values, key) => to(member, "blocks", values)(null, key) }),
    member.status === "suspended"
      ? act("reinstate", { perform: to(member, "reinstate") })
      : act("suspend", { ask: [{ name: "reason", required: true }, { name: "until", type: "date" }], perform: (values, key) => to(member, "suspend", values)(null, key) }),
  ];
}

function blocksOf(member, blocks) {
  if (blocks.length === 0) return [];
  return [make("h3", {}, word("blocks")), ...blocks.map((block) => make("div", {}, make("p", {}, [word(`to_${block.action}`), block.reason, block.until && day(block.until)].filter(Boolean).join(", ")),
    isFor("block_members", () => act("lift_block", { what: block.reason, perform: () => change("members", `members/${member.member_id}/blocks/${block.block_id}`, undefined, { method: "DELETE" }) }), block.branch)))];
}

function notesOf(member) {
  const without = (note) => member.notes.filter((each) => each !== note).map(({ text, show_at_desk }) => ({ text, show_at_desk }));
  return [make("h3", {}, word("notes")), ...member.notes.map((note) => make("div", {}, make("p", { class: "private" }, note.text),
    isFor("change_members", () => act("remove_note", { what: note.text, perform: () => patch(member, { notes: without(note) }) })))),
    isFor("change_members", () => act("add_note", { ask: [{ name: "text", required: true }, { name: "show_at_desk", type: "tick", value: true }],
      perform: (note) => patch(member, { notes: [...without(null), note] }) }))];
}

function guardiansOf(member, guardians) {
  const asRequest = ({ member_id, may: allowed }) => ({ member_id, may: allowed });
  const others = (one) => member.guardians.filter((each) => each.member_id !== one?.member_id).map(asRequest);
  return [make("h3", {}, word("guardians")), ...guardians.map((each) => make("div", {},
    make("p", { class: "private" }, `${each.who.name} (${each.who.card_number}): ${each.may.map((one) => word(`may_${one}`)).join(", ")}`),
    isFor("change_members", () => act("remove_guardian", { what: each.who.name, perform: () => patch(member, { guardians: others(each) }) })))),
    isFor("change_members", () => act("add_guardian", { ask: [{ name: "card", required: true, most: 60 }, ...["see", "collect", "pay"].map((one) => ({ name: `may_${one}`, type: "tick", value: true }))],
      perform: ({ card, ...ticked }) => patch(member, { guardians: [...others(null), { card_number: card, may: ["see", "collect", "pay"].filter((each) => ticked[`may_${each}`]) }] }) }))];
}
