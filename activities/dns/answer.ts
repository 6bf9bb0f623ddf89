/** Whether something that came over the network answers a request. */
import { ClusterwrightError } from '../../domain/errors.js';
import { decodeMessage, type Message, type Request } from './message.js';
import { sameName } from './name.js';

/** @returns why it does not, where it does not. */
export function readAnswer(bytes: Buffer, request: Request): Message | string {
  let message: Message;
  try {
    message = decodeMessage(bytes);
  } catch (error) {
    if (error instanceof ClusterwrightError) return error.message;
    throw error;
  }
  if (!message.isResponse || message.opcode !== request.opcode) return 'something came that is no answer';
  if (message.id !== request.id) return 'the answer to another question came';
  // Servers may leave the question away when they refuse, or answer an update.
  const [asked, echoed] = [request.questions[0], message.questions[0]];
  const isSame =
    echoed === undefined ||
    (asked !== undefined && asked.type === echoed.type && sameName(asked.name, echoed.name));
  return isSame ? message : 'the answer to another question came';
}
