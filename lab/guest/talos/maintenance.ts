/** The API of a machine that has no configuration yet: whoever comes may give it one, and little else. */
import { status } from '@grpc/grpc-js';
import { METHODS } from '../../../activities/talos/api/methods.js';
import { ConfigurationRefused, parseConfiguration, type TalosConfiguration } from './configuration.js';
import { answering, GrpcRefusal, type Answer } from './grpc-endpoint.js';

const REBOOT = 0;
const AUTO = 1;
const MODES = ['reboot', 'auto', 'no-reboot', 'staged', 'try'];

/** @param configured gets the text and what it says. */
export function maintenanceApi(
  configured: (text: string, configuration: TalosConfiguration) => void,
): Answer<unknown, unknown>[] {
  const closed = (): never => {
    throw new GrpcRefusal(status.UNIMPLEMENTED, 'API is not implemented in maintenance mode');
  };
  return [
    answering({
      method: METHODS.applyConfiguration,
      answer: ({ data, mode }) => {
        if (mode !== AUTO && mode !== REBOOT) {
          throw new GrpcRefusal(
            status.UNIMPLEMENTED,
            `apply configuration --mode='${MODES[mode] ?? mode}' is not supported in maintenance mode`,
          );
        }
        const text = Buffer.from(data).toString();
        configured(text, accepted(text));
        return { messages: [{ warnings: [], mode, modeDetails: '' }] };
      },
    }),
    answering({ method: METHODS.version, answer: closed }),
    answering({ method: METHODS.bootstrap, answer: closed }),
    answering({ method: METHODS.upgrade, answer: closed }),
    answering({ method: METHODS.serviceList, answer: closed }),
    answering({ method: METHODS.etcdMemberList, answer: closed }),
    answering({ method: METHODS.etcdStatus, answer: closed }),
    answering({ method: METHODS.kubeconfig, answer: closed, isStream: true }),
  ];
}

function accepted(text: string): TalosConfiguration {
  try {
    return parseConfiguration(text);
  } catch (error) {
    if (!(error instanceof ConfigurationRefused)) throw error;
    // What cannot be parsed is reported without a status of its own.
    throw new GrpcRefusal(error.kind === 'invalid' ? status.INVALID_ARGUMENT : status.UNKNOWN, error.message);
  }
}
