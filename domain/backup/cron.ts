/** Schedules of cron: five fields, minute, hour, day of the month, month, day of the week (crontab(5)). */

const FIELDS = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12 },
  { name: 'day of the week', min: 0, max: 7 },
] as const;

/** `*`, `5`, `1-5`, each with `/2` perhaps; several with commas. */
const PART = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/;

/** What is wrong with a schedule; `null` when nothing is. */
export function cronObjection(text: string): string | null {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    return 'must have five fields: minute, hour, day of the month, month, day of the week';
  }
  for (const [index, { name, min, max }] of FIELDS.entries()) {
    const parts = (fields[index] ?? '').split(',');
    const wrong = parts.find((part) => !isPart(part, min, max));
    if (wrong !== undefined) return `has "${wrong}" for the ${name}, which goes from ${min} to ${max}`;
  }
  return null;
}

function isPart(part: string, min: number, max: number): boolean {
  const match = PART.exec(part);
  if (match === null) return false;
  const [, from, to, step] = match;
  const first = Number(from ?? min);
  const last = Number(to ?? from ?? max);
  return first >= min && last <= max && first <= last && (step === undefined || Number(step) >= 1);
}
