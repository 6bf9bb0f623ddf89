/** `GET /clusters/{name}/certificates`, and `POST …/certificates/renew`. */
import type { Router } from 'express';
import { authorityAdvice } from '../../domain/certificates/authority-advice.js';
import { AUTHORITY_NOTICE_DAYS, daysLeft, type Certificate } from '../../domain/certificates/certificate.js';
import type { ClusterType } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import { parseRenewCertificatesRequest } from '../../schema/rotation-requests.js';
import type { CertificateListView } from '../../schema/responses.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { onlyMethods } from './only-methods.js';
import { acceptedBody } from './operations.js';

export function certificateRoutes(router: Router, dependencies: ApiDependencies): void {
  const { store, orchestrator } = dependencies;

  router.get('/clusters/:name/certificates', async (request, response) => {
    const { name } = request.params;
    const record = await store.clusters.get(name);
    if (record === undefined || record.phase === 'GONE') {
      throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
    }
    const kept = await store.certificates.get(record.uid);
    const items = (kept?.certificates ?? []).map((each) => certificateView(record.definition.type, each));
    const body: CertificateListView = {
      cluster: name,
      readAt: kept?.readAt ?? null,
      items: items.toSorted((a, b) => (a.endsAt < b.endsAt ? -1 : 1)),
      unread: [...(kept?.unread ?? [])],
    };
    response.json(body);
  });
  onlyMethods(router, '/clusters/:name/certificates', 'GET');

  router.post('/clusters/:name/certificates/renew', async (request, response) => {
    const { name } = request.params;
    const wish = parseRenewCertificatesRequest(request.body);
    if (!wish.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: wish.faults });
    const asked = { kind: 'renew-certificates', cluster: name } as const;
    const accepted = await acceptOperation(dependencies, request, asked, async ({ id }) => {
      await orchestrator.operate(id, name, {
        kind: 'renew-certificates',
        request: { reason: 'requested' },
      });
    });
    const body = acceptedBody(accepted);
    response.status(202).location(body.links.operation).json(body);
  });
  onlyMethods(router, '/clusters/:name/certificates/renew', 'POST');
}

function certificateView(type: ClusterType, certificate: Certificate): CertificateListView['items'][number] {
  const days = daysLeft(certificate, Date.now());
  const needsPerson = certificate.isAuthority && days < AUTHORITY_NOTICE_DAYS;
  return { ...certificate, daysLeft: days, advice: needsPerson ? authorityAdvice(type) : null };
}
