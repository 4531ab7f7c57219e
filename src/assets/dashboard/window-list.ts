/**
 * The list of windows as a listbox with one tab stop. Only the rows in view exist in the document, so that ten thousand
 * pairs scroll and tick like ten. It must not decide an order or fetch anything.
 */
import { el, setAttribute } from './element';
import type { Pair, PairBook } from './pair-book';
import { type WindowRow, windowRow } from './window-row';

/** As in the style sheet. */
const ROW_HEIGHT = 76;
/** Rows beyond the edges, so that a quick scroll shows no gap. */
const OVERSCAN = 4;

export class WindowList {
  private readonly space = el('div', { class: 'rows', role: 'presentation' });
  private readonly rows = new Map<string, WindowRow>();
  private pairs: readonly Pair[] = [];
  private chosen: string | null = null;
  private active: string | null = null;
  private nextId = 1;

  constructor(
    private readonly box: HTMLElement,
    private readonly book: PairBook,
    private readonly now: () => number,
    private readonly onChoose: (key: string) => void,
  ) {
    box.append(this.space);
    box.addEventListener('scroll', () => this.render(), { passive: true });
    new ResizeObserver(() => this.render()).observe(box);
    box.addEventListener('keydown', (event) => this.onKey(event));
    box.addEventListener('focus', () => {
      this.active ??= this.chosen ?? this.pairs[0]?.key ?? null;
      this.render();
    });
    this.space.addEventListener('click', (event) => {
      const row = event.target instanceof Element ? event.target.closest('[role=option]') : null;
      const key = [...this.rows].find(([, { element }]) => element === row)?.[0];
      if (key === undefined) return;
      this.active = key;
      this.onChoose(key);
    });
  }

  show(pairs: readonly Pair[], chosen: string | null): void {
    this.pairs = pairs;
    this.chosen = chosen;
    if (this.active !== null && !pairs.some((pair) => pair.key === this.active)) this.active = null;
    this.render();
  }

  /** Writes the rows in view anew: by then time has passed, or they are others. */
  render(): void {
    const { box, pairs, book } = this;
    const now = this.now();
    this.space.style.blockSize = `${pairs.length * ROW_HEIGHT}px`;
    const first = Math.max(0, Math.floor(box.scrollTop / ROW_HEIGHT) - OVERSCAN);
    const last = Math.min(
      pairs.length,
      Math.ceil((box.scrollTop + box.clientHeight) / ROW_HEIGHT) + OVERSCAN,
    );
    const visible = pairs.slice(first, last);
    const wanted = new Set(visible.map((pair) => pair.key));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    for (const [offset, pair] of visible.entries()) {
      const row = this.rowOf(pair.key);
      const index = first + offset;
      const position = `translateY(${index * ROW_HEIGHT}px)`;
      if (row.element.style.transform !== position) row.element.style.transform = position;
      setAttribute(row.element, 'aria-posinset', String(index + 1));
      setAttribute(row.element, 'aria-setsize', String(pairs.length));
      setAttribute(row.element, 'aria-selected', String(pair.key === this.chosen));
      setAttribute(row.element, 'data-active', pair.key === this.active ? '' : null);
      row.update(pair, book.windowOf(pair, now), book.heldFor(pair.key), now, book.marginSeconds);
      // In the document in the order of the list, for those who read it and not look at it.
      const before = this.space.children[offset];
      if (before !== row.element) this.space.insertBefore(row.element, before ?? null);
    }
    const active = this.active === null ? undefined : this.rows.get(this.active);
    setAttribute(box, 'aria-activedescendant', active?.element.id ?? null);
  }

  private rowOf(key: string): WindowRow {
    const known = this.rows.get(key);
    if (known) return known;
    const row = windowRow(`window-${this.nextId++}`);
    this.rows.set(key, row);
    return row;
  }

  private onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW_HEIGHT) - 1);
    const at = this.pairs.findIndex((pair) => pair.key === this.active);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.pairs.length - 1,
    };
    const target = moves[event.key];
    if (target !== undefined) {
      event.preventDefault();
      this.activate(Math.min(this.pairs.length - 1, Math.max(0, target)));
    } else if ((event.key === 'Enter' || event.key === ' ') && this.active !== null) {
      event.preventDefault();
      this.onChoose(this.active);
    }
  }

  private activate(index: number): void {
    this.active = this.pairs[index]?.key ?? null;
    const top = index * ROW_HEIGHT;
    const { box } = this;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight) {
      box.scrollTop = top + ROW_HEIGHT - box.clientHeight;
    }
    this.render();
  }
}
