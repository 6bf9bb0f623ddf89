/** Wire format of the rest of the core group. In the notation of `message-table.ts`. */
export const CORE_MESSAGES = `
AttachedVolume name=1 devicePath=2
AzureFilePersistentVolumeSource secretName=1 shareName=2 readOnly=3b secretNamespace=4
Binding metadata=1:ObjectMeta target=2:ObjectReference
CSIPersistentVolumeSource driver=1 volumeHandle=2 readOnly=3b fsType=4 volumeAttributes=5% controllerPublishSecretRef=6:SecretReference nodeStageSecretRef=7:SecretReference nodePublishSecretRef=8:SecretReference controllerExpandSecretRef=9:SecretReference nodeExpandSecretRef=10:SecretReference
CephFSPersistentVolumeSource monitors=1* path=2 user=3 secretFile=4 secretRef=5:SecretReference readOnly=6b
CinderPersistentVolumeSource volumeID=1 fsType=2 readOnly=3b secretRef=4:SecretReference
ClientIPConfig timeoutSeconds=1i
ConfigMap metadata=1:ObjectMeta immutable=4b data=2% binaryData=3%y
ConfigMapNodeConfigSource namespace=1 name=2 uid=3 resourceVersion=4 kubeletConfigKey=5
ContainerImage names=1* sizeBytes=2i
DaemonEndpoint Port=1i
EndpointAddress ip=1 hostname=3 nodeName=4 targetRef=2:ObjectReference
EndpointPort name=1 port=2i protocol=3 appProtocol=4
EndpointSubset addresses=1*:EndpointAddress notReadyAddresses=2*:EndpointAddress ports=3*:EndpointPort
Endpoints metadata=1:ObjectMeta subsets=2*:EndpointSubset
Event metadata=1:ObjectMeta involvedObject=2:ObjectReference reason=3 message=4 source=5:EventSource firstTimestamp=6:Time lastTimestamp=7:Time count=8i type=9 eventTime=10:MicroTime series=11:EventSeries action=12 related=13:ObjectReference reportingComponent=14 reportingInstance=15
EventSeries count=1i lastObservedTime=2:MicroTime
EventSource component=1 host=2
FlexPersistentVolumeSource driver=1 fsType=2 secretRef=3:SecretReference readOnly=4b options=5%
GlusterfsPersistentVolumeSource endpoints=1 path=2 readOnly=3b endpointsNamespace=4
ISCSIPersistentVolumeSource targetPortal=1 iqn=2 lun=3i iscsiInterface=4 fsType=5 readOnly=6b portals=7* chapAuthDiscovery=8b chapAuthSession=11b secretRef=10:SecretReference initiatorName=12
LimitRange metadata=1:ObjectMeta spec=2:LimitRangeSpec
LimitRangeItem type=1 max=2%:Quantity min=3%:Quantity default=4%:Quantity defaultRequest=5%:Quantity maxLimitRequestRatio=6%:Quantity
LimitRangeSpec limits=1*:LimitRangeItem
LoadBalancerIngress ip=1 hostname=2 ipMode=3 ports=4*:PortStatus
LoadBalancerStatus ingress=1*:LoadBalancerIngress
LocalVolumeSource path=1 fsType=2
ModifyVolumeStatus targetVolumeAttributesClassName=1 status=2
Namespace metadata=1:ObjectMeta spec=2:NamespaceSpec status=3:NamespaceStatus
NamespaceCondition type=1 status=2 lastTransitionTime=4:Time reason=5 message=6
NamespaceSpec finalizers=1*
NamespaceStatus phase=1 conditions=2*:NamespaceCondition
Node metadata=1:ObjectMeta spec=2:NodeSpec status=3:NodeStatus
NodeAddress type=1 address=2
NodeCondition type=1 status=2 lastHeartbeatTime=3:Time lastTransitionTime=4:Time reason=5 message=6
NodeConfigSource configMap=2:ConfigMapNodeConfigSource
NodeConfigStatus assigned=1:NodeConfigSource active=2:NodeConfigSource lastKnownGood=3:NodeConfigSource error=4
NodeDaemonEndpoints kubeletEndpoint=1:DaemonEndpoint
NodeFeatures supplementalGroupsPolicy=1b
NodeRuntimeHandler name=1 features=2:NodeRuntimeHandlerFeatures
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts=1b userNamespaces=2b
NodeSpec podCIDR=1 podCIDRs=7* providerID=3 unschedulable=4b taints=5*:Taint configSource=6:NodeConfigSource externalID=2
NodeStatus capacity=1%:Quantity allocatable=2%:Quantity phase=3 conditions=4*:NodeCondition addresses=5*:NodeAddress daemonEndpoints=6:NodeDaemonEndpoints nodeInfo=7:NodeSystemInfo images=8*:ContainerImage volumesInUse=9* volumesAttached=10*:AttachedVolume config=11:NodeConfigStatus runtimeHandlers=12*:NodeRuntimeHandler features=13:NodeFeatures
NodeSystemInfo machineID=1 systemUUID=2 bootID=3 kernelVersion=4 osImage=5 containerRuntimeVersion=6 kubeletVersion=7 kubeProxyVersion=8 operatingSystem=9 architecture=10
ObjectReference kind=1 namespace=2 name=3 uid=4 apiVersion=5 resourceVersion=6 fieldPath=7
PersistentVolume metadata=1:ObjectMeta spec=2:PersistentVolumeSpec status=3:PersistentVolumeStatus
PersistentVolumeClaim metadata=1:ObjectMeta spec=2:PersistentVolumeClaimSpec status=3:PersistentVolumeClaimStatus
PersistentVolumeClaimCondition type=1 status=2 lastProbeTime=3:Time lastTransitionTime=4:Time reason=5 message=6
PersistentVolumeClaimStatus phase=1 accessModes=2* capacity=3%:Quantity conditions=4*:PersistentVolumeClaimCondition allocatedResources=5%:Quantity allocatedResourceStatuses=7% currentVolumeAttributesClassName=8 modifyVolumeStatus=9:ModifyVolumeStatus
PersistentVolumeSource gcePersistentDisk=1:GCEPersistentDiskVolumeSource awsElasticBlockStore=2:AWSElasticBlockStoreVolumeSource hostPath=3:HostPathVolumeSource glusterfs=4:GlusterfsPersistentVolumeSource nfs=5:NFSVolumeSource rbd=6:RBDPersistentVolumeSource iscsi=7:ISCSIPersistentVolumeSource cinder=8:CinderPersistentVolumeSource cephfs=9:CephFSPersistentVolumeSource fc=10:FCVolumeSource flocker=11:FlockerVolumeSource flexVolume=12:FlexPersistentVolumeSource azureFile=13:AzureFilePersistentVolumeSource vsphereVolume=14:VsphereVirtualDiskVolumeSource quobyte=15:QuobyteVolumeSource azureDisk=16:AzureDiskVolumeSource photonPersistentDisk=17:PhotonPersistentDiskVolumeSource portworxVolume=18:PortworxVolumeSource scaleIO=19:ScaleIOPersistentVolumeSource local=20:LocalVolumeSource storageos=21:StorageOSPersistentVolumeSource csi=22:CSIPersistentVolumeSource
PersistentVolumeSpec capacity=1%:Quantity persistentVolumeSource=2!:PersistentVolumeSource accessModes=3* claimRef=4:ObjectReference persistentVolumeReclaimPolicy=5 storageClassName=6 mountOptions=7* volumeMode=8 nodeAffinity=9:VolumeNodeAffinity volumeAttributesClassName=10
PersistentVolumeStatus phase=1 message=2 reason=3 lastPhaseTransitionTime=4:Time
PodTemplate metadata=1:ObjectMeta template=2:PodTemplateSpec
PortStatus port=1i protocol=2 error=3
RBDPersistentVolumeSource monitors=1* image=2 fsType=3 pool=4 user=5 keyring=6 secretRef=7:SecretReference readOnly=8b
ReplicationController metadata=1:ObjectMeta spec=2:ReplicationControllerSpec status=3:ReplicationControllerStatus
ReplicationControllerCondition type=1 status=2 lastTransitionTime=3:Time reason=4 message=5
ReplicationControllerSpec replicas=1i minReadySeconds=4i selector=2% template=3:PodTemplateSpec
ReplicationControllerStatus replicas=1i fullyLabeledReplicas=2i readyReplicas=4i availableReplicas=5i observedGeneration=3i conditions=6*:ReplicationControllerCondition
ResourceQuota metadata=1:ObjectMeta spec=2:ResourceQuotaSpec status=3:ResourceQuotaStatus
ResourceQuotaSpec hard=1%:Quantity scopes=2* scopeSelector=3:ScopeSelector
ResourceQuotaStatus hard=1%:Quantity used=2%:Quantity
ScaleIOPersistentVolumeSource gateway=1 system=2 secretRef=3:SecretReference sslEnabled=4b protectionDomain=5 storagePool=6 storageMode=7 volumeName=8 fsType=9 readOnly=10b
ScopeSelector matchExpressions=1*:ScopedResourceSelectorRequirement
ScopedResourceSelectorRequirement scopeName=1 operator=2 values=3*
Secret metadata=1:ObjectMeta immutable=5b data=2%y stringData=4% type=3
SecretReference name=1 namespace=2
Service metadata=1:ObjectMeta spec=2:ServiceSpec status=3:ServiceStatus
ServiceAccount metadata=1:ObjectMeta secrets=2*:ObjectReference imagePullSecrets=3*:LocalObjectReference automountServiceAccountToken=4b
ServicePort name=1 protocol=2 appProtocol=6 port=3i targetPort=4:IntOrString nodePort=5i
ServiceSpec ports=1*:ServicePort selector=2% clusterIP=3 clusterIPs=18* type=4 externalIPs=5* sessionAffinity=7 loadBalancerIP=8 loadBalancerSourceRanges=9* externalName=10 externalTrafficPolicy=11 healthCheckNodePort=12i publishNotReadyAddresses=13b sessionAffinityConfig=14:SessionAffinityConfig ipFamilies=19* ipFamilyPolicy=17 allocateLoadBalancerNodePorts=20b loadBalancerClass=21 internalTrafficPolicy=22 trafficDistribution=23
ServiceStatus loadBalancer=1:LoadBalancerStatus conditions=2*:Condition
SessionAffinityConfig clientIP=1:ClientIPConfig
StorageOSPersistentVolumeSource volumeName=1 volumeNamespace=2 fsType=3 readOnly=4b secretRef=5:ObjectReference
Taint key=1 value=2 effect=3 timeAdded=4:Time
TopologySelectorLabelRequirement key=1 values=2*
TopologySelectorTerm matchLabelExpressions=1*:TopologySelectorLabelRequirement
VolumeNodeAffinity required=1:NodeSelector
`;
