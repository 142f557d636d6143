// In which branch the desk acts for somebody who may do so in some, in one or in all.

import assert from "node:assert/strict";
import { test } from "node:test";

import { hold, placeFor } from "../../../deploy/desk/site/rights.js";

const held = (branches) => hold([{ right: "charge", branches }]);

test("in the branch that is chosen, where the right is held there", () => {
  held(["MAIN", "EAST"]);
  assert.deepEqual(["EAST", null], [placeFor("charge", "EAST"), placeFor("charge", "WEST")]);
});

test("without a branch in the only one in which the right is held", () => {
  held(["MAIN"]);
  assert.equal(placeFor("charge", ""), "MAIN");
});

test("without a branch nowhere, where the right is held in several", () => {
  held(["MAIN", "EAST"]);
  assert.equal(placeFor("charge", ""), null);
});

test("without a branch in none of them, where the right is held in all", () => {
  held(null);
  assert.equal(placeFor("charge", ""), "");
});

test("nowhere without the right, and wherever it is wanted while nobody has told", () => {
  hold([]);
  assert.equal(placeFor("charge", ""), null);
  hold(null);
  assert.equal(placeFor("charge", ""), "");
});
