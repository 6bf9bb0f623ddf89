/** The health of clusters, over SQLite. */
import { DEFAULT_HEALTH_POLICY, type HealthPolicy } from '../domain/health/policy.js';
import type { HealthDecision } from '../domain/health/decision.js';
import type { HealthMemory, JudgedHealth, KnownHealth } from '../domain/health/judge.js';
import type { HealthLook, HealthRecords, KeptDecision, KeptHealthPolicy } from './health-port.js';
import type { HealthDecisionRow, HealthPolicyRow, HealthStateRow } from './health-tables.js';
import type { StoreDatabase, StoreTransaction } from './tables.js';

const DECISIONS_KEPT = 200;
const ACTIONS_KEPT_MS = 7 * 24 * 3_600_000;
/** A cluster that nobody looked at for longer says nothing of now. */
const LATELY_MS = 5 * 60_000;
const NOTHING: HealthMemory = { machines: {}, missing: {}, seenAt: null };

export function healthRecords(db: StoreDatabase, now: () => Date): HealthRecords {
  const policyOf = async (cluster: string): Promise<KeptHealthPolicy | undefined> => {
    const row = await db
      .selectFrom('healthPolicies')
      .selectAll()
      .where('cluster', '=', cluster)
      .executeTakeFirst();
    return row && keptPolicy(row);
  };
  return {
    policy: policyOf,

    putPolicy: async (cluster, policy) => {
      const values = { policy: JSON.stringify(policy), updatedAt: now().toISOString() };
      await db
        .insertInto('healthPolicies')
        .values({ cluster, ...values })
        .onConflict((conflict) => conflict.column('cluster').doUpdateSet(values))
        .execute();
      return keptPolicy({ cluster, ...values });
    },

    createPolicy: async (cluster, policy) => {
      const row = { cluster, policy: JSON.stringify(policy), updatedAt: now().toISOString() };
      await db
        .insertInto('healthPolicies')
        .values(row)
        .onConflict((conflict) => conflict.column('cluster').doNothing())
        .execute();
      return (await policyOf(cluster)) ?? keptPolicy(row);
    },

    forget: (cluster) =>
      db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('healthPolicies').where('cluster', '=', cluster).execute();
        await transaction.deleteFrom('healthStates').where('cluster', '=', cluster).execute();
      }),

    judge: (look, judge) =>
      db.transaction().execute(async (transaction) => {
        const at = now();
        const earlier = await decisionRow(transaction, look.id);
        if (earlier !== undefined) return keptDecision(earlier);
        const state = await transaction
          .selectFrom('healthStates')
          .selectAll()
          .where('cluster', '=', look.cluster)
          .executeTakeFirst();
        const known = await knownHealth(transaction, look, { at, state });
        const judged = judge(known);
        const kept = {
          ...{ id: look.id, at: at.toISOString(), decision: judged.decision, retracted: null },
          stormBegan: false,
        };
        if (look.dryRun) return kept;
        const stormBegan = await keepStorm(transaction, look.cluster, { judged, known, at: kept.at });
        await keepState(transaction, look, { judged, at: kept.at });
        const isNew =
          state === undefined || !isSame(JSON.parse(state.decision) as HealthDecision, judged.decision);
        if (isNew || stormBegan) await keepDecision(transaction, look, { judged, at: kept.at, stormBegan });
        return { ...kept, stormBegan };
      }),

    retract: (id, reason) =>
      db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('healthActions').where('id', '=', id).execute();
        await transaction
          .updateTable('healthDecisions')
          .set({ retracted: reason })
          .where('id', '=', id)
          .execute();
      }),

    standing: async (cluster) => {
      const row = await db
        .selectFrom('healthStates')
        .select(['checkedAt', 'decision'])
        .where('cluster', '=', cluster)
        .executeTakeFirst();
      return row && { checkedAt: row.checkedAt, decision: JSON.parse(row.decision) as HealthDecision };
    },

    decisions: async ({ cluster, limit }) => {
      const rows = await db
        .selectFrom('healthDecisions')
        .selectAll()
        .where('cluster', '=', cluster)
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute();
      return rows.map(keptDecision);
    },

    storm: async () => {
      const row = await db
        .selectFrom('healthStorms')
        .select(['beganAt', 'clusters'])
        .where('endedAt', 'is', null)
        .executeTakeFirst();
      return row && { beganAt: row.beganAt, clusters: JSON.parse(row.clusters) as string[] };
    },
  };
}

async function knownHealth(
  transaction: StoreTransaction,
  { cluster, clusterUid }: HealthLook,
  { at, state }: { readonly at: Date; readonly state: HealthStateRow | undefined },
): Promise<KnownHealth> {
  const since = (ms: number): string => new Date(at.getTime() - ms).toISOString();
  const others = await transaction
    .selectFrom('healthStates')
    .select(['cluster', 'troubled'])
    .where('cluster', '!=', cluster)
    .where('checkedAt', '>', since(LATELY_MS))
    .orderBy('cluster')
    .execute();
  const actions = await transaction
    .selectFrom('healthActions')
    .selectAll()
    .where('at', '>', since(ACTIONS_KEPT_MS))
    .orderBy('at')
    .execute();
  const troubled = others.filter((one) => one.troubled === 1).map((one) => one.cluster);
  // One of the same name that came before is another cluster.
  const isSameCluster = state?.clusterUid === clusterUid;
  return {
    now: at.getTime(),
    memory: isSameCluster ? (JSON.parse(state.memory) as HealthMemory) : NOTHING,
    actions: actions.map(({ id: _id, ...action }) => ({ ...action, at: Date.parse(action.at) })),
    others: { troubled, watched: others.length },
  };
}

interface Kept {
  readonly judged: JudgedHealth;
  readonly at: string;
}

async function keepState(
  transaction: StoreTransaction,
  { cluster, clusterUid }: HealthLook,
  { judged, at }: Kept,
): Promise<void> {
  const values = {
    ...{ clusterUid, checkedAt: at, troubled: Number(judged.troubled) },
    ...{ memory: JSON.stringify(judged.memory), decision: JSON.stringify(judged.decision) },
  };
  await transaction
    .insertInto('healthStates')
    .values({ cluster, ...values })
    .onConflict((conflict) => conflict.column('cluster').doUpdateSet(values))
    .execute();
}

async function keepDecision(
  transaction: StoreTransaction,
  { id, cluster }: HealthLook,
  { judged, at, stormBegan }: Kept & { readonly stormBegan: boolean },
): Promise<void> {
  const { decision } = judged;
  await transaction
    .insertInto('healthDecisions')
    .values({
      ...{ id, cluster, at, decision: JSON.stringify(decision), retracted: null },
      stormBegan: Number(stormBegan),
    })
    .execute();
  const oldest = await transaction
    .selectFrom('healthDecisions')
    .select('seq')
    .where('cluster', '=', cluster)
    .orderBy('seq', 'desc')
    .offset(DECISIONS_KEPT)
    .limit(1)
    .executeTakeFirst();
  if (oldest !== undefined) {
    await transaction
      .deleteFrom('healthDecisions')
      .where('cluster', '=', cluster)
      .where('seq', '<=', oldest.seq)
      .execute();
  }
  if (decision.heal === null) return;
  const { machine, group, host, action } = decision.heal;
  await transaction
    .insertInto('healthActions')
    .values({ id, cluster, subject: machine ?? `group ${group}`, host, action, at })
    .execute();
  const tooOld = new Date(Date.parse(at) - ACTIONS_KEPT_MS).toISOString();
  await transaction.deleteFrom('healthActions').where('at', '<', tooOld).execute();
}

/** One alarm a storm: it begins once, and is over when a look finds that it is. @returns whether it began. */
async function keepStorm(
  transaction: StoreTransaction,
  cluster: string,
  { judged, known, at }: Kept & { readonly known: KnownHealth },
): Promise<boolean> {
  const open = await transaction
    .selectFrom('healthStorms')
    .select('seq')
    .where('endedAt', 'is', null)
    .executeTakeFirst();
  if (judged.isStorm && open === undefined) {
    const clusters = [...known.others.troubled, ...(judged.troubled ? [cluster] : [])].toSorted();
    await transaction
      .insertInto('healthStorms')
      .values({ beganAt: at, endedAt: null, clusters: JSON.stringify(clusters) })
      .execute();
    return true;
  }
  if (!judged.isStorm && open !== undefined) {
    await transaction.updateTable('healthStorms').set({ endedAt: at }).where('seq', '=', open.seq).execute();
  }
  return false;
}

/** Times and counts change with each look; what is new is what is unwell, and what is done or not done about it. */
function isSame(a: HealthDecision, b: HealthDecision): boolean {
  const gist = ({ findings }: HealthDecision): string =>
    JSON.stringify(
      findings.map(({ subject, diagnosis, heldBy, action }) => [subject, diagnosis, heldBy, action]),
    );
  return a.heal === null && b.heal === null && gist(a) === gist(b);
}

function decisionRow(transaction: StoreTransaction, id: string) {
  return transaction.selectFrom('healthDecisions').selectAll().where('id', '=', id).executeTakeFirst();
}

function keptDecision({
  id,
  at,
  decision,
  retracted,
  stormBegan,
}: Pick<HealthDecisionRow, 'id' | 'at' | 'decision' | 'retracted' | 'stormBegan'>): KeptDecision {
  return {
    id,
    at,
    retracted,
    decision: JSON.parse(decision) as HealthDecision,
    stormBegan: stormBegan === 1,
  };
}

/** What a policy of an earlier version does not say is as by default. */
function keptPolicy({ policy, updatedAt }: HealthPolicyRow): KeptHealthPolicy {
  return { ...DEFAULT_HEALTH_POLICY, ...(JSON.parse(policy) as HealthPolicy), updatedAt };
}
