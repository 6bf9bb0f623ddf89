/** The custom search attributes of Temporal, all of type Keyword. Their names are for ever. */
export const SEARCH_ATTRIBUTES = {
  clusterName: 'ClusterName',
  clusterType: 'ClusterType',
  clusterPhase: 'ClusterPhase',
  operation: 'Operation',
} as const;
