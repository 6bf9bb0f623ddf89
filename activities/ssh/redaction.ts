/** Takes secrets out of what a machine printed, before it reaches an error, a history or a log. */

const REDACTED = '[redacted]';
/** Shorter words of a secret are ordinary ones, such as the keys of a kubeconfig. */
const SHORTEST_WORD = 24;

/**
 * @param secrets their values; of one with several words, such as a kubeconfig or a private key, each long word is
 *   taken out too, as a program may print a single line of it.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const words = secrets.flatMap((secret) => [
    secret,
    ...secret.split(/\s+/).filter((word) => word.length >= SHORTEST_WORD),
  ]);
  // Longest first, so that no secret survives behind a part of it that is one as well.
  const ordered = [...new Set(words.filter((word) => word !== ''))].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((clean, word) => clean.replaceAll(word, REDACTED), text);
}

/** The last lines, for an error's detail. */
export function lastLines(text: string, options: { lines: number; characters: number }): string {
  return text.trimEnd().split('\n').slice(-options.lines).join('\n').slice(-options.characters);
}
