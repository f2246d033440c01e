/**
 * Keeps the style sheets that an output brings, as far as they style only that output: each
 * rule is confined to live outputs, and what loads a file or escapes its place is dropped.
 */

import { having } from "../shared/attributes";

/** Below the element that clips an output, so that no sheet can undo the clipping. */
const CONFINED = `${having("output", "live")} > .cell_output`;

/** Matches a reference to something outside the document, in CSS. Escapes could hide one. */
export const CSS_LOADS = /url\s*\(\s*(?!["']?#)|@import|image-set|expression|\\/i;

/** Matches declarations that could cover the page. */
export const CSS_ESCAPES = /(^|[;{\s])position\s*:\s*(fixed|sticky)/i;

/** Return the sheet, confined; empty where the browser cannot parse one for us. */
export function scopeStyle(css: string): string {
  let sheet: CSSStyleSheet;
  try {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  } catch {
    return "";
  }
  return scopeRules(sheet.cssRules);
}

function scopeRules(rules: CSSRuleList): string {
  return [...rules]
    .map((rule) => {
      if (rule instanceof CSSMediaRule) {
        return `@media ${rule.media.mediaText} {${scopeRules(rule.cssRules)}}`;
      }
      // Nested rules and other at-rules are not needed by anything that is drawn here.
      if (!(rule instanceof CSSStyleRule)) return "";
      const body = rule.style.cssText;
      if (CSS_LOADS.test(body) || CSS_ESCAPES.test(body)) return "";
      return `${CONFINED} :is(${rule.selectorText}) {${body}}`;
    })
    .join("\n");
}
