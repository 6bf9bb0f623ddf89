/** What is wrong with an answer. */
import type { ClusterwrightError } from '../../domain/errors.js';
import type { Answer } from './endpoint.js';
import { refusalError, type RequestName } from './errors.js';

/** @returns `undefined` for an answer that is none of a failure. Proxmox VE says why in the reason phrase; newer versions also in the body. */
export function answerError(request: RequestName, answer: Answer): ClusterwrightError | undefined {
  const { status, statusText, text } = answer;
  if (status >= 200 && status < 300) return undefined;
  const body = parsed(text);
  const message = typeof body.message === 'string' && body.message.trim() !== '' ? body.message : statusText;
  const errors = Object.entries(body.errors ?? {}).map(([name, what]) => [name, String(what)] as const);
  return refusalError(request, { status, message, errors: Object.fromEntries(errors) });
}

function parsed(text: string): { readonly message?: unknown; readonly errors?: object | null } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}
