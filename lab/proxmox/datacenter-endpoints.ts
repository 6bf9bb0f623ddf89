/** `/cluster/options`: datacenter.cfg, as far as it matters to whoever places VMs. */
import { refuseParameters } from './api-error.js';
import type { Cluster } from './cluster.js';
import { OPTIONAL_TEXT } from './endpoint.js';
import type { Endpoint } from './endpoint.js';
import { splitList } from './option-format.js';
import { matching, parseProperties } from './property-string.js';
import type { PropertyFormat } from './property-string.js';

const FLAG = matching(/^[01]$/);
const PERCENT = matching(/^\d{1,3}$/);
const CRS: PropertyFormat = {
  keys: {
    ha: matching(/^(?:basic|static|dynamic)$/),
    'ha-rebalance-on-start': FLAG,
    'ha-auto-rebalance': FLAG,
    'ha-auto-rebalance-threshold': PERCENT,
    'ha-auto-rebalance-margin': PERCENT,
    'ha-auto-rebalance-hold-duration': matching(/^\d+$/),
    'ha-auto-rebalance-method': matching(/^(?:bruteforce|topsis)$/),
  },
};

export function datacenterEndpoints({ datacenter }: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/cluster/options',
      parameters: {},
      permit: (session) => session.check('/', 'Sys.Audit'),
      handle: () => {
        const { crs } = datacenter.record;
        return {
          keyboard: 'en-us',
          mac_prefix: 'BC:24:11',
          ...(Object.keys(crs).length === 0 ? {} : { crs }),
          'allowed-tags': [],
        };
      },
    },
    {
      method: 'PUT',
      path: '/cluster/options',
      parameters: { crs: OPTIONAL_TEXT, delete: OPTIONAL_TEXT },
      permit: (session) => session.check('/', 'Sys.Modify'),
      handle: ({ params }) => {
        const crs = params.text('crs');
        if (splitList(params.text('delete') ?? '').includes('crs')) datacenter.change({ crs: {} });
        if (crs !== undefined) datacenter.change({ crs: parsedCrs(crs) });
      },
    },
  ];
}

/** Numbers where the schema has flags and percentages. */
function parsedCrs(text: string): Record<string, string | number> {
  const parsed = parseProperties(text, CRS);
  if (parsed.kind === 'refused') return refuseParameters({ crs: `invalid format - ${parsed.reason}\n` });
  return Object.fromEntries(
    [...parsed.properties].map(([key, value]) => [key, /^\d+$/.test(value) ? Number(value) : value]),
  );
}
