/** What makes kubeadm end: it prints the text behind `error: ` or `error execution phase `, and exits with 1. */
export class KubeadmFailure extends Error {
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

export function phaseFailure(phase: string, message: string): KubeadmFailure {
  return new KubeadmFailure(`error execution phase ${phase}: ${message}`);
}
