/** Makes sure that the Temporal namespace knows our search attributes: without them no workflow task succeeds. */
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.js';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;
const GRPC_ALREADY_EXISTS = 6;

/** Safe to repeat, and for several workers at once. @throws the server's refusal, such as a lack of permission. */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(SEARCH_ATTRIBUTES).filter(
    (name) => !Object.hasOwn(customAttributes ?? {}, name),
  );
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code as number) === GRPC_ALREADY_EXISTS) return;
    throw error;
  }
}
