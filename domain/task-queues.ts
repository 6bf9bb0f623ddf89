/** Task queues: one for workflows and the store, one for each kind of system that is limited on its own. */
export const TASK_QUEUES = {
  workflows: 'clusterwright',
  proxmox: 'clusterwright-proxmox',
  ssh: 'clusterwright-ssh',
  kubernetes: 'clusterwright-kubernetes',
} as const;
