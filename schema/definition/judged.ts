/** Texts that a parser of the domain reads. */
import type * as z from 'zod';
import { text } from './text.js';

/** The parser's objection becomes the fault. */
export function judged(maxLength: number, parse: (text: string) => object | string): z.ZodString {
  return text(maxLength).check((context) => {
    const result = parse(context.value);
    if (typeof result !== 'string') return;
    context.issues.push({ code: 'custom', message: result, input: context.value });
  });
}
