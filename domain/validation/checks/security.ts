/** Checks of who may do what, and of what stands open. */
import type { Check } from '../check.js';
import { duration } from '../figures.js';
import type { BindingFact } from '../facts/kubernetes.js';
import { isSystemNamespace } from '../system-namespaces.js';
import { eachMachine, judged, problemsOf, type Seen } from '../verdict.js';
import type { CertificateFact } from '../facts/guest.js';
import { controlPlaneGuests, nodeGuests, onControlPlane, onNodes, told } from './guests.js';

const DAY_SECONDS = 86_400;
const EXPIRES_SOON_DAYS = 30;

const ANONYMOUS = ['User system:anonymous', 'Group system:unauthenticated'];
/** What every cluster gives to everybody: versions and health; with kubeadm also where new machines find the API. */
const OPEN_ROLES = [
  'system:public-info-viewer',
  'system:openshift:public-info-viewer',
  'kubeadm:bootstrap-signer-clusterinfo',
];
const OPEN_ROLE_PREFIX =
  /^system:(openshift:)?(scope-impersonation|oauth-token-deleter|webhook|build-strategy|public|discovery)/;

/** Ports on which nobody proves who he is. */
const OPEN_PORTS: Readonly<Record<string, string>> = {
  '2375': 'the container engine, without TLS',
  '4194': 'cAdvisor',
  '8001': 'a proxy to the API, with the rights of who started it',
  '8080': 'the API server, without TLS',
  '10251': 'the scheduler, without TLS',
  '10252': 'the controller manager, without TLS',
  '10255': 'the kubelet, read-only and without TLS',
};

/** None of which leaves a Secret readable on the disk. */
const ENCRYPTING = ['aescbc', 'aesgcm', 'secretbox', 'kms'];

export const SECURITY_CHECKS: readonly Check[] = [
  {
    id: 'certificates-valid',
    title: 'No certificate has expired',
    category: 'SECURITY',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy:
      'Renew the certificates of the machine and restart what uses them; the kubeconfig may need to be issued anew.',
    applies: (subject) => nodeGuests(subject).length > 0,
    judge: (guests, subject) =>
      eachMachine(onNodes(guests, subject), 'all are valid', ({ certificates }) =>
        expiring(certificates, (secondsLeft) => secondsLeft <= 0, subject.now),
      ),
  },
  {
    id: 'certificates-expiring',
    title: `No certificate expires within ${EXPIRES_SOON_DAYS} days`,
    category: 'SECURITY',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Renew the certificates before they expire: after that the cluster cannot be reached.',
    applies: (subject) => nodeGuests(subject).length > 0,
    judge: (guests, subject) =>
      eachMachine(
        onNodes(guests, subject),
        `all last longer than ${EXPIRES_SOON_DAYS} days`,
        ({ certificates }) =>
          expiring(
            certificates,
            (secondsLeft) => secondsLeft > 0 && secondsLeft < EXPIRES_SOON_DAYS * DAY_SECONDS,
            subject.now,
          ),
      ),
  },
  {
    id: 'secrets-encrypted',
    title: 'Secrets are encrypted in etcd',
    category: 'SECURITY',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy:
      'Give the API server an encryption configuration whose first provider encrypts, then rewrite all Secrets.',
    applies: (subject) => {
      const { type, security } = subject.definition;
      // OKD encrypts by a resource of its own, and Talos by its machine configuration.
      return security.encryptSecretsAtRest && type !== 'OKD' && controlPlaneGuests(subject).length > 0;
    },
    judge: (guests, subject) =>
      eachMachine(onControlPlane(guests, subject), 'encrypted', ({ secretsEncryption }) =>
        told(secretsEncryption, 'how Secrets are kept', (provider) =>
          ENCRYPTING.includes(provider) ? null : `the first provider is ${provider}`,
        ),
      ),
  },
  {
    id: 'exposed-ports',
    title: 'No machine listens on ports that ask nobody who he is',
    category: 'SECURITY',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy: 'Have the service listen on 127.0.0.1 only, or switch it off.',
    applies: (subject) => nodeGuests(subject).length > 0,
    judge: (guests, subject) =>
      eachMachine(onNodes(guests, subject), 'none is open', ({ listening }) =>
        told(listening, 'its open ports', (all) => {
          const open = all.filter((endpoint) => !isLocal(endpoint) && portOf(endpoint) in OPEN_PORTS);
          return open.length === 0
            ? null
            : open.map((endpoint) => `${endpoint} is ${OPEN_PORTS[portOf(endpoint)] ?? ''}`).join('; ');
        }),
      ),
  },
  {
    id: 'anonymous-access',
    title: 'The API shows nothing of the cluster to strangers',
    category: 'SECURITY',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'anonymousAnswers',
    remedy:
      'Remove the binding that lets `system:anonymous` or `system:unauthenticated` in, or switch anonymous access off.',
    judge: (answers) =>
      problemsOf(
        answers,
        ({ path, status }) =>
          status >= 200 && status < 300
            ? { subject: path, detail: `it answers ${status} without credentials` }
            : null,
        answers.map(({ path, status }) => `${path} ${status}`).join(', '),
      ),
  },
  {
    id: 'anonymous-bindings',
    title: 'Nothing is granted to strangers',
    category: 'SECURITY',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'access',
    remedy: 'Delete the binding, unless you know why everybody in the network is to have the role.',
    judge: ({ bindings }) =>
      problemsOf(
        bindings,
        (binding) => {
          const who = binding.subjects.filter((subject) => ANONYMOUS.includes(subject));
          if (who.length === 0 || OPEN_ROLES.includes(binding.role) || OPEN_ROLE_PREFIX.test(binding.role))
            return null;
          return { subject: binding.name, detail: `${who.join(' and ')} has the role ${binding.role}` };
        },
        `${bindings.length} bindings`,
      ),
  },
  {
    id: 'rbac-wildcards',
    title: 'No role of your own allows everything',
    category: 'SECURITY',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'access',
    remedy: 'Name the verbs and resources that are needed.',
    judge: ({ wildcardRoles }) =>
      judged(
        wildcardRoles.map((name) => ({ subject: name, detail: 'it allows every verb on every resource' })),
        'none does',
      ),
  },
  {
    id: 'rbac-cluster-admin',
    title: 'Only the cluster’s own parts are cluster-admin',
    category: 'SECURITY',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'access',
    remedy: 'Give those who are named a role with what they need.',
    judge: ({ bindings }) =>
      problemsOf(
        bindings,
        (binding) => {
          const who = binding.role === 'cluster-admin' ? strangersIn(binding) : [];
          return who.length === 0
            ? null
            : { subject: binding.name, detail: `${who.join(', ')} is cluster-admin` };
        },
        `${bindings.length} bindings`,
      ),
  },
  {
    id: 'pod-security',
    title: 'Namespaces of workloads enforce Pod Security',
    category: 'SECURITY',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'namespaces',
    remedy: 'Set the label `pod-security.kubernetes.io/enforce` to `baseline` or `restricted`.',
    // OKD has constraints of its own on what pods may.
    applies: ({ definition }) => definition.type !== 'OKD',
    judge: (namespaces) => {
      const own = namespaces.filter(({ name }) => !isSystemNamespace(name));
      return problemsOf(
        own,
        ({ name, enforced }) =>
          enforced === 'baseline' || enforced === 'restricted'
            ? null
            : {
                subject: name,
                detail: enforced === null ? 'it enforces nothing' : `it enforces ${enforced}`,
              },
        `${own.length} namespaces`,
      );
    },
  },
  {
    id: 'risky-pods',
    title: 'No workload has a hold on its node',
    category: 'SECURITY',
    suite: 'COMPREHENSIVE',
    severity: 'WARNING',
    fact: 'riskyPods',
    remedy: 'Take away what is named from the pod, or move it to a namespace of the system.',
    judge: (pods) =>
      judged(
        pods.map(({ pod, why }) => ({ subject: pod, detail: why })),
        'none has',
      ),
  },
  {
    id: 'exposed-services',
    title: 'Services open no port of the nodes to everybody',
    category: 'SECURITY',
    suite: 'COMPREHENSIVE',
    severity: 'WARNING',
    fact: 'exposedServices',
    remedy: 'Use an Ingress, or set `loadBalancerSourceRanges`.',
    judge: (services) =>
      judged(
        services.map(({ service, how }) => ({ subject: service, detail: how })),
        'none does',
      ),
  },
];

function expiring(
  certificates: readonly CertificateFact[] | null,
  isMeant: (secondsLeft: number) => boolean,
  now: number,
): string | null | Seen<never> {
  return told(certificates, 'its certificates', (all) => {
    const meant = all
      .map(({ path, endsAt }) => ({ path, secondsLeft: (endsAt - now) / 1_000 }))
      .filter(({ secondsLeft }) => isMeant(secondsLeft))
      .toSorted((a, b) => a.secondsLeft - b.secondsLeft);
    return meant.length === 0 ? null : meant.map(remaining).join(', ');
  });
}

function remaining({ path, secondsLeft }: { readonly path: string; readonly secondsLeft: number }): string {
  return secondsLeft <= 0
    ? `${path} expired ${duration(-secondsLeft)} ago`
    : `${path} expires in ${duration(secondsLeft)}`;
}

/** Those that did not come with the cluster. */
function strangersIn({ subjects }: BindingFact): string[] {
  return subjects.filter((subject) => {
    const [kind, name = ''] = subject.split(' ');
    if (kind === 'ServiceAccount') return !isSystemNamespace(name.split('/')[0] ?? '');
    return !/^(system:|kubeadm:)/.test(name);
  });
}

function portOf(endpoint: string): string {
  return endpoint.slice(endpoint.lastIndexOf(':') + 1);
}

function isLocal(endpoint: string): boolean {
  return /^(127\.|\[::1\]|\[::ffff:127\.|localhost)/.test(endpoint);
}
