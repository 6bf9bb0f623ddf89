/**
 * The authorities, as files that `kubeadm init` finds and uses. Only the machine that forms the cluster gets them from
 * us: the others fetch them with the certificate key, which kubeadm checks, and workers never have them.
 */
import type { GuestFile } from '../../domain/guest-step.js';
import { PKI } from './paths.js';

const FILES = {
  'ca.crt': 'ca.crt',
  'ca.key': 'ca.key',
  'front-proxy-ca.crt': 'front-proxy-ca.crt',
  'front-proxy-ca.key': 'front-proxy-ca.key',
  'etcd/ca.crt': 'etcd-ca.crt',
  'etcd/ca.key': 'etcd-ca.key',
  'sa.pub': 'sa.pub',
  'sa.key': 'sa.key',
} as const;

export function pkiFiles(): GuestFile[] {
  return Object.entries(FILES).map(([file, secret]) => ({
    path: `${PKI}/${file}`,
    mode: file.endsWith('.key') ? '0600' : '0644',
    content: `{{secret:${secret}}}`,
  }));
}
