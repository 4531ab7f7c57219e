/**
 * The sections of the README that say what is imitated and what differs, as HTML: the page says what the README says.
 * Nothing in it is loaded from elsewhere, and what leads into the repository is no link.
 */
import MarkdownIt from 'markdown-it';

/** The first section that is shown; those before it say how the emulator is started and controlled. */
const FIRST = '## What is imitated';

export interface Sections {
  readonly html: string;
  readonly headings: readonly { readonly id: string; readonly text: string }[];
}

export function readmeSections(readme: string): Sections {
  const start = readme.indexOf(FIRST);
  if (start < 0) throw new Error(`The emulator's README has no "${FIRST}".`);
  const text = readme.slice(start);
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => ({
    id: idOf(heading),
    text: heading.replaceAll('`', ''),
  }));
  return {
    html: markdown(headings.map(({ id }) => id)).render(text.replace(/^<!-- .* -->$\n/gm, '')),
    headings,
  };
}

/** As GitHub makes it, so that links within the README work. */
function idOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** @param ids of the headings, which are given in their order */
function markdown(ids: readonly string[]): MarkdownIt.MarkdownIt {
  const md = new MarkdownIt();
  const remaining = ids[Symbol.iterator]();
  let table = 0;
  md.renderer.rules.heading_open = (tokens, index) => {
    const tag = tokens[index]?.tag ?? 'h2';
    const id: unknown = tag === 'h2' ? remaining.next().value : undefined;
    return id === undefined ? `<${tag}>` : `<${tag} id="${id}">`;
  };
  // What scrolls must be reachable by the keyboard.
  md.renderer.rules.table_open = () =>
    `<div class="wide" tabindex="0" role="region" aria-label="Table ${++table}"><table>`;
  md.renderer.rules.table_close = () => '</table></div>';
  // A cell without a text is no heading.
  const isEmptyHeading = (content: string | undefined) => content === '';
  md.renderer.rules.th_open = (tokens, index) =>
    isEmptyHeading(tokens[index + 1]?.content) ? '<td>' : '<th scope="col">';
  md.renderer.rules.th_close = (tokens, index) =>
    isEmptyHeading(tokens[index - 1]?.content) ? '</td>' : '</th>';
  const leads = (href: string, known: readonly string[]) =>
    href.startsWith('https://') || (href.startsWith('#') && known.includes(href.slice(1)));
  let isLink = false;
  md.renderer.rules.link_open = (tokens, index) => {
    const href = String(tokens[index]?.attrGet('href') ?? '');
    isLink = leads(href, ids);
    return isLink ? `<a href="${md.utils.escapeHtml(href)}">` : '';
  };
  md.renderer.rules.link_close = () => (isLink ? '</a>' : '');
  return md;
}
