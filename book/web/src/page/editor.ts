/** The editor of a cell: CodeMirror, loaded when the reader first presses Edit. */
import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeCompletion,
  completionStatus,
  moveCompletionSelection,
  startCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { localCompletionSource, pythonLanguage } from "@codemirror/lang-python";
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  LanguageSupport,
  syntaxHighlighting,
  syntaxTree,
} from "@codemirror/language";
import { EditorState, type Extension, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import {
  type Command,
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { tags as t, tagHighlighter } from "@lezer/highlight";
import { having } from "../shared/attributes";
import type { Completion } from "../shared/protocol";
import type { CellView } from "./cell";
import { text } from "./text";

export interface Editor {
  focus(): void;
  setText(text: string): void;
  /** Mark a line as the one that failed; null marks none. */
  mark(line: number | null): void;
  /** Remove the editor and show the published code again. */
  close(): void;
}

export interface EditorOptions {
  label: string;
  hint: string;
  /** Makes a button: importing it would split the page's entry into two requests. */
  button: CellView["dom"]["button"];
  change(text: string): void;
  run(): void;
  leave(): void;
  /** Return the names that Python knows at a position. */
  complete(code: string, cursor: number): Promise<Completion[]>;
  /** Return the address of this page with the code in it; null if it is too long. */
  link(): Promise<string | null>;
}

/** The class names of Pygments, so that the page's own style sheet colors the editor. */
const pygments = tagHighlighter([
  { tag: [t.keyword, t.modifier], class: "k" }, // `async` is a modifier here
  { tag: [t.moduleKeyword], class: "kn" },
  { tag: [t.operatorKeyword], class: "ow" },
  { tag: [t.bool, t.null], class: "kc" },
  { tag: t.self, class: "bp" },
  { tag: t.function(t.definition(t.variableName)), class: "nf" },
  { tag: [t.className, t.definition(t.className)], class: "nc" },
  { tag: t.meta, class: "nd" },
  { tag: t.number, class: "mi" },
  { tag: t.string, class: "s2" },
  { tag: t.special(t.string), class: "si" },
  { tag: t.escape, class: "se" },
  { tag: t.comment, class: "c1" },
  { tag: t.operator, class: "o" },
  { tag: [t.punctuation, t.bracket, t.separator], class: "p" },
  { tag: [t.variableName, t.propertyName], class: "n" },
]);

const BUILTINS = new Set(
  (
    "abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod " +
    "compile complex delattr dict dir divmod enumerate eval exec filter float format frozenset " +
    "getattr globals hasattr hash help hex id input int isinstance issubclass iter len list " +
    "locals map max memoryview min next object oct open ord pow print property range repr " +
    "reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip"
  ).split(" "),
);
const builtin = Decoration.mark({ class: "nb" });
const exception = Decoration.mark({ class: "ne" });

/** Pygments tells built-in names from others; the grammar of the editor does not. */
const builtinNames = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = this.find(view);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = this.find(update.view);
    }

    find(view: EditorView): DecorationSet {
      const marks = new RangeSetBuilder<Decoration>();
      for (const { from, to } of view.visibleRanges) {
        syntaxTree(view.state).iterate({
          from,
          to,
          enter: (node) => {
            if (node.name !== "VariableName") return;
            const name = view.state.sliceDoc(node.from, node.to);
            if (BUILTINS.has(name)) marks.add(node.from, node.to, builtin);
            else if (/^[A-Z]\w*(Error|Exception|Group|Warning)$/.test(name)) {
              marks.add(node.from, node.to, exception);
            }
          },
        });
      }
      return marks.finish();
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

const setFailed = StateEffect.define<number | null>();
const failedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    marks = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setFailed)) continue;
      const { doc } = transaction.state;
      if (effect.value === null || effect.value > doc.lines) return Decoration.none;
      const { from } = doc.line(effect.value);
      return Decoration.set(Decoration.line({ class: "line-failed" }).range(from));
    }
    return marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** So many characters of a name open the list by themselves. */
const ENOUGH = 2;

/** Return names from the code in the editor and from Python. Python counts characters, the editor UTF-16. */
async function completions(
  context: CompletionContext,
  ask: EditorOptions["complete"],
): Promise<CompletionResult | null> {
  const before = context.matchBefore(/[\w.]+$/)?.text ?? "";
  const name = /\w*$/.exec(before)?.[0] ?? "";
  if (!context.explicit && !before.includes(".") && name.length < ENOUGH) return null;
  if (/String|Comment/.test(syntaxTree(context.state).resolveInner(context.pos, -1).name)) return null;
  const code = context.state.doc.toString();
  const known = await ask(code, [...code.slice(0, context.pos)].length);
  // Names of the code itself; `localCompletionSource` gives none after a dot.
  const own = before.includes(".") ? null : await localCompletionSource(context);
  const labels = new Set([
    ...(own?.options ?? []).map(({ label }) => label),
    ...known.map(({ text: label }) => label.slice(label.lastIndexOf(".") + 1)),
  ]);
  labels.delete(name);
  labels.delete("");
  if (labels.size === 0 || context.aborted) return null;
  const options = [...labels].map((label) => ({ label, boost: label.startsWith("_") ? -1 : 0 }));
  return { from: context.pos - name.length, options, validFor: /^\w*$/ };
}

/** Tab takes the chosen name, or the first; without an open list it is not used up. */
const acceptFirst: Command = (view) =>
  acceptCompletion(view) || (moveCompletionSelection(true)(view) && acceptCompletion(view));

/**
 * After Escape, Tab goes through the editor to what follows it: its place in the order of the
 * page must not end the way. Any other key, or a click into the code, makes Tab indent again.
 */
const tabIndentsAgain = EditorView.domEventObservers({
  keydown: ({ key }, view) => {
    if (!/^(Tab|Shift|Control|Alt|Meta|Escape)$/.test(key)) view.setTabFocusMode(false);
  },
  mousedown: (_, view) => view.setTabFocusMode(false),
});

/** Replace the shown code in `input` by an editor that holds `source`. */
export function openEditor(input: HTMLElement, source: string, options: EditorOptions): Editor {
  const published = [...input.children].filter((child) => child instanceof HTMLElement);
  const { button } = options;
  const box = document.createElement("div");
  box.className = "cell-editor highlight";
  const hint = document.createElement("p");
  hint.className = "editor-hint";
  hint.id = `${input.closest(having("cell"))?.id || "cell"}-editor-hint`;
  hint.textContent = options.hint;

  const runCode: Command = (view) => {
    closeCompletion(view);
    options.run();
    return true;
  };
  const leave: Command = (view) => {
    closeCompletion(view);
    view.setTabFocusMode(true);
    options.leave();
    return true;
  };
  const extensions: Extension = [
    new LanguageSupport(pythonLanguage),
    syntaxHighlighting(pygments),
    builtinNames,
    failedLine,
    history(),
    bracketMatching(),
    indentOnInput(),
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    EditorView.contentAttributes.of({
      "aria-label": options.label,
      "aria-describedby": hint.id,
      tabindex: "0",
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.change(update.state.doc.toString());
    }),
    autocompletion({
      override: [(context) => completions(context, options.complete)],
      defaultKeymap: false,
      icons: false,
      // Enter is a new line until a name was chosen with the arrow keys.
      selectOnOpen: false,
      interactionDelay: 0,
    }),
    tabIndentsAgain,
    keymap.of([
      { key: "Shift-Enter", run: runCode },
      { key: "Ctrl-Space", run: startCompletion },
      { key: "ArrowDown", run: moveCompletionSelection(true) },
      { key: "ArrowUp", run: moveCompletionSelection(false) },
      { key: "Enter", run: acceptCompletion },
      { key: "Tab", run: acceptFirst },
      // A list that is only asked for is not there yet: nobody closes that.
      { key: "Escape", run: (view) => completionStatus(view.state) === "active" && closeCompletion(view) },
      { key: "Escape", run: leave },
      { key: "Tab", run: indentMore, shift: indentLess },
      ...historyKeymap,
      ...defaultKeymap,
    ]),
  ];
  const view = new EditorView({ doc: source, extensions, parent: box });
  const tools = document.createElement("div");
  tools.className = "editor-tools";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const copy = async (content: string | null, done: string): Promise<void> => {
    said.textContent = "";
    if (content === null) {
      said.textContent = text.linkTooLong;
      return;
    }
    try {
      await navigator.clipboard.writeText(content);
      said.textContent = done;
    } catch {
      // Not allowed: the reader copies it by hand.
      const field = document.createElement("input");
      field.readOnly = true;
      field.value = content;
      field.setAttribute("aria-label", text.copyByHand);
      said.replaceChildren(text.copyByHand, " ", field);
      field.select();
    }
  };
  tools.append(
    button(text.copyCode, "editor-copy", () => void copy(view.state.doc.toString(), text.copied)),
    button(
      text.copyLink,
      "editor-link",
      () =>
        void options.link().then(
          (link) => copy(link, text.linkCopied),
          () => (said.textContent = text.linkImpossible),
        ),
    ),
    said,
  );
  for (const child of published) child.hidden = true;
  input.append(box, tools, hint);

  return {
    focus: () => {
      view.setTabFocusMode(false);
      view.focus();
    },
    setText: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    mark: (line) => view.dispatch({ effects: setFailed.of(line) }),
    close: () => {
      view.destroy();
      box.remove();
      tools.remove();
      hint.remove();
      for (const child of published) child.hidden = false;
    },
  };
}
