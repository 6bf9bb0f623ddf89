/** Wire format of what all kinds have in common. In the notation of `message-table.ts`. */
export const META_MESSAGES = `
Condition type=1 status=2 observedGeneration=3i lastTransitionTime=4:Time reason=5 message=6
DeleteOptions gracePeriodSeconds=1i preconditions=2:Preconditions orphanDependents=3b propagationPolicy=4 dryRun=5* ignoreStoreReadErrorWithClusterBreakingPotential=6b
FieldSelectorRequirement key=1 operator=2 values=3*
LabelSelector matchLabels=1% matchExpressions=2*:LabelSelectorRequirement
LabelSelectorRequirement key=1 operator=2 values=3*
ManagedFieldsEntry manager=1 operation=2 apiVersion=3 time=4:Time fieldsType=6 fieldsV1=7:FieldsV1 subresource=8
ObjectMeta name=1 generateName=2 namespace=3 selfLink=4 uid=5 resourceVersion=6 generation=7i creationTimestamp=8:Time deletionTimestamp=9:Time deletionGracePeriodSeconds=10i labels=11% annotations=12% ownerReferences=13*:OwnerReference finalizers=14* managedFields=17*:ManagedFieldsEntry
OwnerReference apiVersion=5 kind=1 name=3 uid=4 controller=6b blockOwnerDeletion=7b
Preconditions uid=1 resourceVersion=2
`;
