/** Typed access to the attributes by which a page's scripts find what the build and others wrote. */
import {
  ATTRIBUTES,
  type CellState,
  type KernelState,
  type Match,
  type OutputKind,
  type Runs,
} from "./contract";

type Attribute = keyof typeof ATTRIBUTES;

/** Values of the attributes that have only some. */
interface Values {
  state: CellState;
  kernel: KernelState;
  match: Match;
  runs: Runs;
  output: OutputKind;
  clock: "virtual";
}

type Value<Name extends Attribute> = Name extends keyof Values ? Values[Name] : string;

/** Return the value of an attribute, or null. */
export function attributeOf<Name extends Attribute>(element: Element, name: Name): Value<Name> | null {
  return element.getAttribute(ATTRIBUTES[name]) as Value<Name> | null;
}

/** Set an attribute; null takes it away. */
export function setAttribute<Name extends Attribute>(
  element: Element,
  name: Name,
  value: Value<Name> | null,
): void {
  if (value === null) element.removeAttribute(ATTRIBUTES[name]);
  else element.setAttribute(ATTRIBUTES[name], value);
}

/** Return the selector of elements that have an attribute, with this value if there is one. */
export function having<Name extends Attribute>(name: Name, value?: Value<Name>): string {
  return value === undefined ? `[${ATTRIBUTES[name]}]` : `[${ATTRIBUTES[name]}="${value}"]`;
}
