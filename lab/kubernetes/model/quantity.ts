/** Quantities such as `500m` CPU and `1Gi` memory. */

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** @returns `undefined` when the text is no quantity. */
export function parseQuantity(text: string | number | undefined): number | undefined {
  const parsed = /^([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(text ?? ''));
  const factor = FACTORS[parsed?.[2] ?? ''];
  return parsed === null || factor === undefined ? undefined : Number(parsed[1]) * factor;
}

/** `min(25%)` of ten is two or three: PDBs and rollouts say which way they round. */
export function scaledValue(value: string | number, total: number, round: (share: number) => number): number {
  if (typeof value === 'number') return value;
  return value.endsWith('%') ? round((Number.parseInt(value, 10) * total) / 100) : Number.parseInt(value, 10);
}
