/** The form of keepalived's configuration: lines of words, and blocks of lines (keepalived.conf(5)). */

export interface ConfigurationEntry {
  readonly words: readonly string[];
  readonly line: number;
  /** `null` for a line without a block. */
  readonly block: readonly ConfigurationEntry[] | null;
}

/** Complaints are keepalived's own words, each with the line that it is of. */
export type Complain = (line: number | null, text: string) => void;

/** Takes what can be understood, and complains of the braces that do not match. */
export function readBlocks(text: string, complain: Complain): readonly ConfigurationEntry[] {
  const root: ConfigurationEntry[] = [];
  const open: ConfigurationEntry[][] = [root];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    // `a { b }` is read as the three lines that it could be.
    for (const words of statements(wordsOf(raw))) {
      const current = open.at(-1) ?? root;
      if (words.length === 1 && words[0] === '}') {
        if (open.length > 1) open.pop();
        else {
          complain(line, "Extra '}' found");
          complain(line, "Unknown keyword '}'");
        }
      } else if (words.at(-1) === '{') {
        const block: ConfigurationEntry[] = [];
        current.push({ words: words.slice(0, -1), line, block });
        open.push(block);
      } else {
        current.push({ words, line, block: null });
      }
    }
  }
  const missing = open.length - 1;
  if (missing > 0) complain(null, `There are ${missing} missing '}'s or extra '{'s`);
  return root;
}

function statements(words: readonly string[]): string[][] {
  const all: string[][] = [];
  let current: string[] = [];
  const end = (): void => {
    if (current.length > 0) all.push(current);
    current = [];
  };
  for (const word of words) {
    if (word === '}') {
      end();
      all.push(['}']);
    } else {
      current.push(word);
      if (word === '{') end();
    }
  }
  end();
  return all;
}

/** Quoted text is one word; `#` and `!` begin a comment. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, double, single, bare] of line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)) {
    if (bare !== undefined && /^[#!]/.test(bare)) break;
    words.push(double ?? single ?? bare ?? '');
  }
  return words;
}
