/** A gRPC server on a port of the lab's network. */
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type { Method } from '../../../activities/talos/api/methods.js';
import type { FaultStage } from '../../faults.js';
import type { Credential } from '../../kubernetes/pki/certificates.js';
import type { ConnectionHandler } from '../../network/lab-network.js';

/** What a method answers with instead of a message. */
export class GrpcRefusal extends Error {
  readonly code: status;

  constructor(code: status, details: string) {
    super(details);
    this.code = code;
  }
}

/** Who is on the other side, by the organizations of its certificate. */
export interface Caller {
  readonly roles: readonly string[];
}

export interface Answer<Request, Response> {
  readonly method: Method<Request, Response>;
  readonly answer: (request: Request, caller: Caller) => Response | Promise<Response>;
  /** Sends what it answers as the only piece of a stream. */
  readonly isStream?: boolean;
}

/** Keeps the types of one method together; a list has several. */
export function answering<Request, Response>(each: Answer<Request, Response>): Answer<unknown, unknown> {
  return each as unknown as Answer<unknown, unknown>;
}

export interface GrpcEndpointOptions {
  readonly credential: Credential;
  /** Callers have to have a certificate of this authority; `null` lets everybody in. */
  readonly clientAuthority: string | null;
  readonly answers: readonly Answer<unknown, unknown>[];
  /** Waited for before and after each call has its effect. */
  readonly hold: (stage: FaultStage, path: string) => Promise<unknown>;
}

export interface GrpcEndpoint {
  readonly handler: ConnectionHandler;
  readonly close: () => void;
}

export function grpcEndpoint(options: GrpcEndpointOptions): GrpcEndpoint {
  const { credential, clientAuthority, answers, hold } = options;
  const server = new Server();
  for (const each of answers) serve(server, each, hold);
  const injector = server.createConnectionInjector(
    ServerCredentials.createSsl(
      clientAuthority === null ? null : Buffer.from(clientAuthority),
      [{ cert_chain: Buffer.from(credential.certificate), private_key: Buffer.from(credential.privateKey) }],
      clientAuthority !== null,
    ),
  );
  return {
    handler: (socket) => injector.injectConnection(socket),
    close: () => {
      injector.destroy();
      server.forceShutdown();
    },
  };
}

function serve(
  server: Server,
  { method, answer, isStream = false }: Answer<unknown, unknown>,
  hold: GrpcEndpointOptions['hold'],
): void {
  const { path, request, response } = method;
  const definition = {
    path,
    requestStream: false as const,
    requestSerialize: request.encode,
    requestDeserialize: request.decode,
    responseSerialize: response.encode,
    responseDeserialize: response.decode,
  };
  const answered = async (call: Call): Promise<unknown> => {
    await hold('before', path);
    // Nobody carries out what was called off while it waited.
    if (call.cancelled) throw new GrpcRefusal(status.CANCELLED, 'call cancelled');
    const answerOfCall = await answer(call.request, callerOf(call));
    await hold('after', path);
    return answerOfCall;
  };
  if (isStream) {
    const stream = (call: ServerWritableStream<unknown, unknown>): void => {
      answered(call).then(
        (piece) => {
          call.write(piece);
          call.end();
        },
        (error: unknown) => call.emit('error', refusal(error)),
      );
    };
    server.addService({ [path]: { ...definition, responseStream: true } }, { [path]: stream });
    return;
  }
  const unary = (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>): void => {
    void complete(answered(call), done);
  };
  server.addService({ [path]: { ...definition, responseStream: false } }, { [path]: unary });
}

async function complete(answer: Promise<unknown>, done: sendUnaryData<unknown>): Promise<void> {
  let value: unknown;
  try {
    value = await answer;
  } catch (error) {
    done(refusal(error));
    return;
  }
  done(null, value);
}

type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

function callerOf(call: Call): Caller {
  const organizations: unknown = call.getAuthContext().sslPeerCertificate?.subject?.O;
  if (Array.isArray(organizations)) return { roles: organizations as string[] };
  return { roles: typeof organizations === 'string' ? [organizations] : [] };
}

function refusal(error: unknown): { code: status; details: string } {
  if (error instanceof GrpcRefusal) return { code: error.code, details: error.message };
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}
