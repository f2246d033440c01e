// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import { forgetPython, hasPython, rememberPython } from "../src/shared/remembered";

beforeEach(() => localStorage.clear());

test("files of another version do not count", () => {
  expect(hasPython("a")).toBe(false);
  rememberPython("a");
  expect([hasPython("a"), hasPython("b"), hasPython("")]).toEqual([true, false, false]);
  forgetPython();
  expect(hasPython("a")).toBe(false);
});
