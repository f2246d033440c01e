/**
 * Entry for pages with a chooser: asks the questions of its list one at a time.
 *
 * Everything comes from the list: an item begins with the answer in bold. Unless that ends a
 * sentence, the answer goes on to the end of one. The rest is the next question if a list is
 * nested in the item, or else the advice.
 */
import { having } from "../shared/attributes";

interface Question {
  words: Node[];
  answers: Answer[];
}

interface Answer {
  label: string;
  /** How the sentence of the answer goes on. */
  more: Node[];
  next: Question | null;
  /** What stands in the item besides the answer and the nested list. */
  advice: Node[];
}

export function readQuestion(words: Node[], list: Element): Question {
  return { words, answers: [...list.children].map(readAnswer) };
}

function readAnswer(item: Element): Answer {
  const copy = item.cloneNode(true) as Element;
  const list = item.querySelector(":scope > ul");
  copy.querySelector(":scope > ul")?.remove();
  const bold = copy.querySelector("strong");
  const label = bold?.textContent ?? "";
  bold?.remove();
  const first = copy.querySelector("p") ?? copy;
  const more = /[.!?]$/.test(label) ? [] : takeSentence(first);
  return {
    label,
    more,
    next: list && readQuestion([...first.childNodes], list),
    advice: [...copy.childNodes],
  };
}

// Not those of cell.ts: an import would split runner.js, which other pages load, into two files.
function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  content = "",
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = content;
  return element;
}

function button(label: string, className: string, act: () => void): HTMLButtonElement {
  const element = make("button", `run-button ${className}`, label);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/** Take the nodes up to the end of the first sentence out of `place`; none if it is a question, or the last. */
function takeSentence(place: Element): Node[] {
  const taken: Node[] = [];
  for (const node of [...place.childNodes]) {
    taken.push(node);
    const end = node instanceof Text ? /[.!?](?=\s+\S|\s*$)/.exec(node.data) : null;
    if (!(node instanceof Text) || !end) continue;
    const last = node === place.lastChild && node.data.slice(end.index + 1).trim() === "";
    if (end[0] === "?" || last) return [];
    node.splitText(end.index + 1);
    for (const one of taken) one.parentNode?.removeChild(one);
    return taken;
  }
  return [];
}

const copies = (nodes: Node[]): Node[] => nodes.map((node) => node.cloneNode(true));

class Chooser {
  private readonly path: Answer[] = [];
  private readonly body = make("div", "chooser-body");
  private readonly status = make("p", "visually-hidden");
  private readonly back = button("Back", "chooser-back", () => this.goBack(1));
  private readonly restart = button("Start again", "chooser-restart", () => this.goBack(this.path.length));

  constructor(
    words: HTMLElement,
    private readonly first: Question,
  ) {
    this.status.setAttribute("role", "status");
    const form = make("div", "chooser-form");
    const controls = make("p", "chooser-controls");
    controls.append(this.back, this.restart);
    form.append(this.body, controls, this.status);
    // The question stays for paper, where the form is left out.
    words.before(form);
    this.draw();
  }

  private choose(answer: Answer): void {
    this.path.push(answer);
    this.draw();
    this.show(`You chose: ${answer.label}`);
  }

  private goBack(steps: number): void {
    this.path.splice(this.path.length - steps);
    this.draw();
    this.show(this.path.length === 0 ? "Back at the first question." : "One question back.");
  }

  /** The reader is taken to what is new, and told why it is there. */
  private show(why: string): void {
    this.status.textContent = why;
    this.body.querySelector<HTMLElement>("[tabindex]")?.focus();
  }

  private draw(): void {
    const last = this.path.at(-1);
    const question = last ? last.next : this.first;
    this.body.replaceChildren(...this.drawPath(), question ? this.ask(question) : this.advise(last));
    this.back.hidden = this.restart.hidden = this.path.length === 0;
  }

  private drawPath(): HTMLElement[] {
    if (this.path.length === 0) return [];
    const list = make("ol", "chooser-path");
    list.setAttribute("aria-label", "Your answers so far");
    let question: Question | null = this.first;
    for (const answer of this.path) {
      const item = make("li", "");
      item.append(...copies(question?.words ?? []), " ", make("strong", "", answer.label));
      list.append(item);
      question = answer.next;
    }
    return [list];
  }

  private ask({ words, answers }: Question): HTMLElement {
    const fieldset = make("fieldset", "chooser-asks");
    const legend = make("legend", "");
    legend.tabIndex = -1;
    legend.append(...copies(words));
    fieldset.append(
      legend,
      ...answers.map((answer) => {
        const choice = button("", "chooser-answer", () => this.choose(answer));
        const text = make("span", "");
        text.append(make("strong", "", answer.label), ...copies(answer.more));
        choice.append(text);
        return choice;
      }),
    );
    return fieldset;
  }

  private advise(answer: Answer | undefined): HTMLElement {
    const advice = make("div", "chooser-advice");
    advice.tabIndex = -1;
    advice.setAttribute("role", "group");
    advice.setAttribute("aria-label", "The advice");
    advice.append(...copies(answer?.advice ?? []));
    return advice;
  }
}

for (const element of document.querySelectorAll<HTMLElement>(having("chooser"))) {
  const words = element.querySelector<HTMLElement>(":scope > p");
  const list = element.querySelector(":scope > details > ul");
  if (words && list) new Chooser(words, readQuestion([...words.childNodes], list));
}
