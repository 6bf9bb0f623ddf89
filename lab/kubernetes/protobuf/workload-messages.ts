/** Wire format of the groups apps, batch, autoscaling and policy. In the notation of `message-table.ts`. */
export const WORKLOAD_MESSAGES = `
ContainerResourceMetricSource name=1 target=2:MetricTarget container=3
ContainerResourceMetricStatus name=1 current=2:MetricValueStatus container=3
ControllerRevision metadata=1:ObjectMeta data=2:RawExtension revision=3i
CronJob metadata=1:ObjectMeta spec=2:CronJobSpec status=3:CronJobStatus
CronJobSpec schedule=1 timeZone=8 startingDeadlineSeconds=2i concurrencyPolicy=3 suspend=4b jobTemplate=5:JobTemplateSpec successfulJobsHistoryLimit=6i failedJobsHistoryLimit=7i
CronJobStatus active=1*:ObjectReference lastScheduleTime=4:Time lastSuccessfulTime=5:Time
CrossVersionObjectReference kind=1 name=2 apiVersion=3
DaemonSet metadata=1:ObjectMeta spec=2:DaemonSetSpec status=3:DaemonSetStatus
DaemonSetCondition type=1 status=2 lastTransitionTime=3:Time reason=4 message=5
DaemonSetSpec selector=1:LabelSelector template=2:PodTemplateSpec updateStrategy=3:DaemonSetUpdateStrategy minReadySeconds=4i revisionHistoryLimit=6i
DaemonSetStatus currentNumberScheduled=1i numberMisscheduled=2i desiredNumberScheduled=3i numberReady=4i observedGeneration=5i updatedNumberScheduled=6i numberAvailable=7i numberUnavailable=8i collisionCount=9i conditions=10*:DaemonSetCondition
DaemonSetUpdateStrategy type=1 rollingUpdate=2:RollingUpdateDaemonSet
Deployment metadata=1:ObjectMeta spec=2:DeploymentSpec status=3:DeploymentStatus
DeploymentCondition type=1 status=2 lastUpdateTime=6:Time lastTransitionTime=7:Time reason=4 message=5
DeploymentSpec replicas=1i selector=2:LabelSelector template=3:PodTemplateSpec strategy=4:DeploymentStrategy minReadySeconds=5i revisionHistoryLimit=6i paused=7b progressDeadlineSeconds=9i
DeploymentStatus observedGeneration=1i replicas=2i updatedReplicas=3i readyReplicas=7i availableReplicas=4i unavailableReplicas=5i conditions=6*:DeploymentCondition collisionCount=8i
DeploymentStrategy type=1 rollingUpdate=2:RollingUpdateDeployment
Eviction metadata=1:ObjectMeta deleteOptions=2:DeleteOptions
ExternalMetricSource metric=1:MetricIdentifier target=2:MetricTarget
ExternalMetricStatus metric=1:MetricIdentifier current=2:MetricValueStatus
HPAScalingPolicy type=1 value=2i periodSeconds=3i
HPAScalingRules stabilizationWindowSeconds=3i selectPolicy=1 policies=2*:HPAScalingPolicy
HorizontalPodAutoscaler metadata=1:ObjectMeta spec=2:HorizontalPodAutoscalerSpec status=3:HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerBehavior scaleUp=1:HPAScalingRules scaleDown=2:HPAScalingRules
HorizontalPodAutoscalerCondition type=1 status=2 lastTransitionTime=3:Time reason=4 message=5
HorizontalPodAutoscalerSpec scaleTargetRef=1:CrossVersionObjectReference minReplicas=2i maxReplicas=3i metrics=4*:MetricSpec behavior=5:HorizontalPodAutoscalerBehavior
HorizontalPodAutoscalerStatus observedGeneration=1i lastScaleTime=2:Time currentReplicas=3i desiredReplicas=4i currentMetrics=5*:MetricStatus conditions=6*:HorizontalPodAutoscalerCondition
Job metadata=1:ObjectMeta spec=2:JobSpec status=3:JobStatus
JobCondition type=1 status=2 lastProbeTime=3:Time lastTransitionTime=4:Time reason=5 message=6
JobSpec parallelism=1i completions=2i activeDeadlineSeconds=3i podFailurePolicy=11:PodFailurePolicy successPolicy=16:SuccessPolicy backoffLimit=7i backoffLimitPerIndex=12i maxFailedIndexes=13i selector=4:LabelSelector manualSelector=5b template=6:PodTemplateSpec ttlSecondsAfterFinished=8i completionMode=9 suspend=10b podReplacementPolicy=14 managedBy=15
JobStatus conditions=1*:JobCondition startTime=2:Time completionTime=3:Time active=4i succeeded=5i failed=6i terminating=11i completedIndexes=7 failedIndexes=10 uncountedTerminatedPods=8:UncountedTerminatedPods ready=9i
JobTemplateSpec metadata=1:ObjectMeta spec=2:JobSpec
MetricIdentifier name=1 selector=2:LabelSelector
MetricSpec type=1 object=2:ObjectMetricSource pods=3:PodsMetricSource resource=4:ResourceMetricSource containerResource=7:ContainerResourceMetricSource external=5:ExternalMetricSource
MetricStatus type=1 object=2:ObjectMetricStatus pods=3:PodsMetricStatus resource=4:ResourceMetricStatus containerResource=7:ContainerResourceMetricStatus external=5:ExternalMetricStatus
MetricTarget type=1 value=2:Quantity averageValue=3:Quantity averageUtilization=4i
MetricValueStatus value=1:Quantity averageValue=2:Quantity averageUtilization=3i
ObjectMetricSource describedObject=1:CrossVersionObjectReference target=2:MetricTarget metric=3:MetricIdentifier
ObjectMetricStatus metric=1:MetricIdentifier current=2:MetricValueStatus describedObject=3:CrossVersionObjectReference
PodDisruptionBudget metadata=1:ObjectMeta spec=2:PodDisruptionBudgetSpec status=3:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec minAvailable=1:IntOrString selector=2:LabelSelector maxUnavailable=3:IntOrString unhealthyPodEvictionPolicy=4
PodDisruptionBudgetStatus observedGeneration=1i disruptedPods=2%:Time disruptionsAllowed=3i currentHealthy=4i desiredHealthy=5i expectedPods=6i conditions=7*:Condition
PodFailurePolicy rules=1*:PodFailurePolicyRule
PodFailurePolicyOnExitCodesRequirement containerName=1 operator=2 values=3*i
PodFailurePolicyOnPodConditionsPattern type=1 status=2
PodFailurePolicyRule action=1 onExitCodes=2:PodFailurePolicyOnExitCodesRequirement onPodConditions=3*:PodFailurePolicyOnPodConditionsPattern
PodsMetricSource metric=1:MetricIdentifier target=2:MetricTarget
PodsMetricStatus metric=1:MetricIdentifier current=2:MetricValueStatus
ReplicaSet metadata=1:ObjectMeta spec=2:ReplicaSetSpec status=3:ReplicaSetStatus
ReplicaSetCondition type=1 status=2 lastTransitionTime=3:Time reason=4 message=5
ReplicaSetSpec replicas=1i minReadySeconds=4i selector=2:LabelSelector template=3:PodTemplateSpec
ReplicaSetStatus replicas=1i fullyLabeledReplicas=2i readyReplicas=4i availableReplicas=5i observedGeneration=3i conditions=6*:ReplicaSetCondition
ResourceMetricSource name=1 target=2:MetricTarget
ResourceMetricStatus name=1 current=2:MetricValueStatus
RollingUpdateDaemonSet maxUnavailable=1:IntOrString maxSurge=2:IntOrString
RollingUpdateDeployment maxUnavailable=1:IntOrString maxSurge=2:IntOrString
RollingUpdateStatefulSetStrategy partition=1i maxUnavailable=2:IntOrString
Scale metadata=1:ObjectMeta spec=2:ScaleSpec status=3:ScaleStatus
ScaleSpec replicas=1i
ScaleStatus replicas=1i selector=2
StatefulSet metadata=1:ObjectMeta spec=2:StatefulSetSpec status=3:StatefulSetStatus
StatefulSetCondition type=1 status=2 lastTransitionTime=3:Time reason=4 message=5
StatefulSetOrdinals start=1i
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted=1 whenScaled=2
StatefulSetSpec replicas=1i selector=2:LabelSelector template=3:PodTemplateSpec volumeClaimTemplates=4*:PersistentVolumeClaim serviceName=5 podManagementPolicy=6 updateStrategy=7:StatefulSetUpdateStrategy revisionHistoryLimit=8i minReadySeconds=9i persistentVolumeClaimRetentionPolicy=10:StatefulSetPersistentVolumeClaimRetentionPolicy ordinals=11:StatefulSetOrdinals
StatefulSetStatus observedGeneration=1i replicas=2i readyReplicas=3i currentReplicas=4i updatedReplicas=5i currentRevision=6 updateRevision=7 collisionCount=9i conditions=10*:StatefulSetCondition availableReplicas=11i
StatefulSetUpdateStrategy type=1 rollingUpdate=2:RollingUpdateStatefulSetStrategy
SuccessPolicy rules=1*:SuccessPolicyRule
SuccessPolicyRule succeededIndexes=1 succeededCount=2i
UncountedTerminatedPods succeeded=1* failed=2*
`;
