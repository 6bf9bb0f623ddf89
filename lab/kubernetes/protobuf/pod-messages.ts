/** Wire format of pods and of all that their templates hold. In the notation of `message-table.ts`. */
export const POD_MESSAGES = `
AWSElasticBlockStoreVolumeSource volumeID=1 fsType=2 partition=3i readOnly=4b
Affinity nodeAffinity=1:NodeAffinity podAffinity=2:PodAffinity podAntiAffinity=3:PodAntiAffinity
AppArmorProfile type=1 localhostProfile=2
AzureDiskVolumeSource diskName=1 diskURI=2 cachingMode=3 fsType=4 readOnly=5b kind=6
AzureFileVolumeSource secretName=1 shareName=2 readOnly=3b
CSIVolumeSource driver=1 readOnly=2b fsType=3 volumeAttributes=4% nodePublishSecretRef=5:LocalObjectReference
Capabilities add=1* drop=2*
CephFSVolumeSource monitors=1* path=2 user=3 secretFile=4 secretRef=5:LocalObjectReference readOnly=6b
CinderVolumeSource volumeID=1 fsType=2 readOnly=3b secretRef=4:LocalObjectReference
ClusterTrustBundleProjection name=1 signerName=2 labelSelector=3:LabelSelector optional=5b path=4
ConfigMapEnvSource localObjectReference=1!:LocalObjectReference optional=2b
ConfigMapKeySelector localObjectReference=1!:LocalObjectReference key=2 optional=3b
ConfigMapProjection localObjectReference=1!:LocalObjectReference items=2*:KeyToPath optional=4b
ConfigMapVolumeSource localObjectReference=1!:LocalObjectReference items=2*:KeyToPath defaultMode=3i optional=4b
Container name=1 image=2 command=3* args=4* workingDir=5 ports=6*:ContainerPort envFrom=19*:EnvFromSource env=7*:EnvVar resources=8:ResourceRequirements resizePolicy=23*:ContainerResizePolicy restartPolicy=24 volumeMounts=9*:VolumeMount volumeDevices=21*:VolumeDevice livenessProbe=10:Probe readinessProbe=11:Probe startupProbe=22:Probe lifecycle=12:Lifecycle terminationMessagePath=13 terminationMessagePolicy=20 imagePullPolicy=14 securityContext=15:SecurityContext stdin=16b stdinOnce=17b tty=18b
ContainerPort name=1 hostPort=2i containerPort=3i protocol=4 hostIP=5
ContainerResizePolicy resourceName=1 restartPolicy=2
ContainerState waiting=1:ContainerStateWaiting running=2:ContainerStateRunning terminated=3:ContainerStateTerminated
ContainerStateRunning startedAt=1:Time
ContainerStateTerminated exitCode=1i signal=2i reason=3 message=4 startedAt=5:Time finishedAt=6:Time containerID=7
ContainerStateWaiting reason=1 message=2
ContainerStatus name=1 state=2:ContainerState lastState=3:ContainerState ready=4b restartCount=5i image=6 imageID=7 containerID=8 started=9b allocatedResources=10%:Quantity resources=11:ResourceRequirements volumeMounts=12*:VolumeMountStatus user=13:ContainerUser allocatedResourcesStatus=14*:ResourceStatus
ContainerUser linux=1:LinuxContainerUser
DownwardAPIProjection items=1*:DownwardAPIVolumeFile
DownwardAPIVolumeFile path=1 fieldRef=2:ObjectFieldSelector resourceFieldRef=3:ResourceFieldSelector mode=4i
DownwardAPIVolumeSource items=1*:DownwardAPIVolumeFile defaultMode=2i
EmptyDirVolumeSource medium=1 sizeLimit=2:Quantity
EnvFromSource prefix=1 configMapRef=2:ConfigMapEnvSource secretRef=3:SecretEnvSource
EnvVar name=1 value=2 valueFrom=3:EnvVarSource
EnvVarSource fieldRef=1:ObjectFieldSelector resourceFieldRef=2:ResourceFieldSelector configMapKeyRef=3:ConfigMapKeySelector secretKeyRef=4:SecretKeySelector
EphemeralContainer ephemeralContainerCommon=1!:EphemeralContainerCommon targetContainerName=2
EphemeralContainerCommon name=1 image=2 command=3* args=4* workingDir=5 ports=6*:ContainerPort envFrom=19*:EnvFromSource env=7*:EnvVar resources=8:ResourceRequirements resizePolicy=23*:ContainerResizePolicy restartPolicy=24 volumeMounts=9*:VolumeMount volumeDevices=21*:VolumeDevice livenessProbe=10:Probe readinessProbe=11:Probe startupProbe=22:Probe lifecycle=12:Lifecycle terminationMessagePath=13 terminationMessagePolicy=20 imagePullPolicy=14 securityContext=15:SecurityContext stdin=16b stdinOnce=17b tty=18b
EphemeralVolumeSource volumeClaimTemplate=1:PersistentVolumeClaimTemplate
ExecAction command=1*
FCVolumeSource targetWWNs=1* lun=2i fsType=3 readOnly=4b wwids=5*
FlexVolumeSource driver=1 fsType=2 secretRef=3:LocalObjectReference readOnly=4b options=5%
FlockerVolumeSource datasetName=1 datasetUUID=2
GCEPersistentDiskVolumeSource pdName=1 fsType=2 partition=3i readOnly=4b
GRPCAction port=1i service=2
GitRepoVolumeSource repository=1 revision=2 directory=3
GlusterfsVolumeSource endpoints=1 path=2 readOnly=3b
HTTPGetAction path=1 port=2:IntOrString host=3 scheme=4 httpHeaders=5*:HTTPHeader
HTTPHeader name=1 value=2
HostAlias ip=1 hostnames=2*
HostIP ip=1
HostPathVolumeSource path=1 type=2
ISCSIVolumeSource targetPortal=1 iqn=2 lun=3i iscsiInterface=4 fsType=5 readOnly=6b portals=7* chapAuthDiscovery=8b chapAuthSession=11b secretRef=10:LocalObjectReference initiatorName=12
ImageVolumeSource reference=1 pullPolicy=2
KeyToPath key=1 path=2 mode=3i
Lifecycle postStart=1:LifecycleHandler preStop=2:LifecycleHandler
LifecycleHandler exec=1:ExecAction httpGet=2:HTTPGetAction tcpSocket=3:TCPSocketAction sleep=4:SleepAction
LinuxContainerUser uid=1i gid=2i supplementalGroups=3*i
LocalObjectReference name=1
NFSVolumeSource server=1 path=2 readOnly=3b
NodeAffinity requiredDuringSchedulingIgnoredDuringExecution=1:NodeSelector preferredDuringSchedulingIgnoredDuringExecution=2*:PreferredSchedulingTerm
NodeSelector nodeSelectorTerms=1*:NodeSelectorTerm
NodeSelectorRequirement key=1 operator=2 values=3*
NodeSelectorTerm matchExpressions=1*:NodeSelectorRequirement matchFields=2*:NodeSelectorRequirement
ObjectFieldSelector apiVersion=1 fieldPath=2
PersistentVolumeClaimSpec accessModes=1* selector=4:LabelSelector resources=2:VolumeResourceRequirements volumeName=3 storageClassName=5 volumeMode=6 dataSource=7:TypedLocalObjectReference dataSourceRef=8:TypedObjectReference volumeAttributesClassName=9
PersistentVolumeClaimTemplate metadata=1:ObjectMeta spec=2:PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource claimName=1 readOnly=2b
PhotonPersistentDiskVolumeSource pdID=1 fsType=2
Pod metadata=1:ObjectMeta spec=2:PodSpec status=3:PodStatus
PodAffinity requiredDuringSchedulingIgnoredDuringExecution=1*:PodAffinityTerm preferredDuringSchedulingIgnoredDuringExecution=2*:WeightedPodAffinityTerm
PodAffinityTerm labelSelector=1:LabelSelector namespaces=2* topologyKey=3 namespaceSelector=4:LabelSelector matchLabelKeys=5* mismatchLabelKeys=6*
PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution=1*:PodAffinityTerm preferredDuringSchedulingIgnoredDuringExecution=2*:WeightedPodAffinityTerm
PodCondition type=1 status=2 lastProbeTime=3:Time lastTransitionTime=4:Time reason=5 message=6
PodDNSConfig nameservers=1* searches=2* options=3*:PodDNSConfigOption
PodDNSConfigOption name=1 value=2
PodIP ip=1
PodOS name=1
PodReadinessGate conditionType=1
PodResourceClaim name=1 resourceClaimName=3 resourceClaimTemplateName=4
PodResourceClaimStatus name=1 resourceClaimName=2
PodSchedulingGate name=1
PodSecurityContext seLinuxOptions=1:SELinuxOptions windowsOptions=8:WindowsSecurityContextOptions runAsUser=2i runAsGroup=6i runAsNonRoot=3b supplementalGroups=4*i supplementalGroupsPolicy=12 fsGroup=5i sysctls=7*:Sysctl fsGroupChangePolicy=9 seccompProfile=10:SeccompProfile appArmorProfile=11:AppArmorProfile seLinuxChangePolicy=13
PodSpec volumes=1*:Volume initContainers=20*:Container containers=2*:Container ephemeralContainers=34*:EphemeralContainer restartPolicy=3 terminationGracePeriodSeconds=4i activeDeadlineSeconds=5i dnsPolicy=6 nodeSelector=7% serviceAccountName=8 serviceAccount=9 automountServiceAccountToken=21b nodeName=10 hostNetwork=11b hostPID=12b hostIPC=13b shareProcessNamespace=27b securityContext=14:PodSecurityContext imagePullSecrets=15*:LocalObjectReference hostname=16 subdomain=17 affinity=18:Affinity schedulerName=19 tolerations=22*:Toleration hostAliases=23*:HostAlias priorityClassName=24 priority=25i dnsConfig=26:PodDNSConfig readinessGates=28*:PodReadinessGate runtimeClassName=29 enableServiceLinks=30b preemptionPolicy=31 overhead=32%:Quantity topologySpreadConstraints=33*:TopologySpreadConstraint setHostnameAsFQDN=35b os=36:PodOS hostUsers=37b schedulingGates=38*:PodSchedulingGate resourceClaims=39*:PodResourceClaim resources=40:ResourceRequirements
PodStatus phase=1 conditions=2*:PodCondition message=3 reason=4 nominatedNodeName=11 hostIP=5 hostIPs=16*:HostIP podIP=6 podIPs=12*:PodIP startTime=7:Time initContainerStatuses=10*:ContainerStatus containerStatuses=8*:ContainerStatus qosClass=9 ephemeralContainerStatuses=13*:ContainerStatus resize=14 resourceClaimStatuses=15*:PodResourceClaimStatus
PodTemplateSpec metadata=1:ObjectMeta spec=2:PodSpec
PortworxVolumeSource volumeID=1 fsType=2 readOnly=3b
PreferredSchedulingTerm weight=1i preference=2:NodeSelectorTerm
Probe handler=1!:ProbeHandler initialDelaySeconds=2i timeoutSeconds=3i periodSeconds=4i successThreshold=5i failureThreshold=6i terminationGracePeriodSeconds=7i
ProbeHandler exec=1:ExecAction httpGet=2:HTTPGetAction tcpSocket=3:TCPSocketAction grpc=4:GRPCAction
ProjectedVolumeSource sources=1*:VolumeProjection defaultMode=2i
QuobyteVolumeSource registry=1 volume=2 readOnly=3b user=4 group=5 tenant=6
RBDVolumeSource monitors=1* image=2 fsType=3 pool=4 user=5 keyring=6 secretRef=7:LocalObjectReference readOnly=8b
ResourceClaim name=1 request=2
ResourceFieldSelector containerName=1 resource=2 divisor=3:Quantity
ResourceHealth resourceID=1 health=2
ResourceRequirements limits=1%:Quantity requests=2%:Quantity claims=3*:ResourceClaim
ResourceStatus name=1 resources=2*:ResourceHealth
SELinuxOptions user=1 role=2 type=3 level=4
ScaleIOVolumeSource gateway=1 system=2 secretRef=3:LocalObjectReference sslEnabled=4b protectionDomain=5 storagePool=6 storageMode=7 volumeName=8 fsType=9 readOnly=10b
SeccompProfile type=1 localhostProfile=2
SecretEnvSource localObjectReference=1!:LocalObjectReference optional=2b
SecretKeySelector localObjectReference=1!:LocalObjectReference key=2 optional=3b
SecretProjection localObjectReference=1!:LocalObjectReference items=2*:KeyToPath optional=4b
SecretVolumeSource secretName=1 items=2*:KeyToPath defaultMode=3i optional=4b
SecurityContext capabilities=1:Capabilities privileged=2b seLinuxOptions=3:SELinuxOptions windowsOptions=10:WindowsSecurityContextOptions runAsUser=4i runAsGroup=8i runAsNonRoot=5b readOnlyRootFilesystem=6b allowPrivilegeEscalation=7b procMount=9 seccompProfile=11:SeccompProfile appArmorProfile=12:AppArmorProfile
ServiceAccountTokenProjection audience=1 expirationSeconds=2i path=3
SleepAction seconds=1i
StorageOSVolumeSource volumeName=1 volumeNamespace=2 fsType=3 readOnly=4b secretRef=5:LocalObjectReference
Sysctl name=1 value=2
TCPSocketAction port=1:IntOrString host=2
Toleration key=1 operator=2 value=3 effect=4 tolerationSeconds=5i
TopologySpreadConstraint maxSkew=1i topologyKey=2 whenUnsatisfiable=3 labelSelector=4:LabelSelector minDomains=5i nodeAffinityPolicy=6 nodeTaintsPolicy=7 matchLabelKeys=8*
TypedLocalObjectReference apiGroup=1 kind=2 name=3
TypedObjectReference apiGroup=1 kind=2 name=3 namespace=4
Volume name=1 volumeSource=2!:VolumeSource
VolumeDevice name=1 devicePath=2
VolumeMount name=1 readOnly=2b recursiveReadOnly=7 mountPath=3 subPath=4 mountPropagation=5 subPathExpr=6
VolumeMountStatus name=1 mountPath=2 readOnly=3b recursiveReadOnly=4
VolumeProjection secret=1:SecretProjection downwardAPI=2:DownwardAPIProjection configMap=3:ConfigMapProjection serviceAccountToken=4:ServiceAccountTokenProjection clusterTrustBundle=5:ClusterTrustBundleProjection
VolumeResourceRequirements limits=1%:Quantity requests=2%:Quantity
VolumeSource hostPath=1:HostPathVolumeSource emptyDir=2:EmptyDirVolumeSource gcePersistentDisk=3:GCEPersistentDiskVolumeSource awsElasticBlockStore=4:AWSElasticBlockStoreVolumeSource gitRepo=5:GitRepoVolumeSource secret=6:SecretVolumeSource nfs=7:NFSVolumeSource iscsi=8:ISCSIVolumeSource glusterfs=9:GlusterfsVolumeSource persistentVolumeClaim=10:PersistentVolumeClaimVolumeSource rbd=11:RBDVolumeSource flexVolume=12:FlexVolumeSource cinder=13:CinderVolumeSource cephfs=14:CephFSVolumeSource flocker=15:FlockerVolumeSource downwardAPI=16:DownwardAPIVolumeSource fc=17:FCVolumeSource azureFile=18:AzureFileVolumeSource configMap=19:ConfigMapVolumeSource vsphereVolume=20:VsphereVirtualDiskVolumeSource quobyte=21:QuobyteVolumeSource azureDisk=22:AzureDiskVolumeSource photonPersistentDisk=23:PhotonPersistentDiskVolumeSource projected=26:ProjectedVolumeSource portworxVolume=24:PortworxVolumeSource scaleIO=25:ScaleIOVolumeSource storageos=27:StorageOSVolumeSource csi=28:CSIVolumeSource ephemeral=29:EphemeralVolumeSource image=30:ImageVolumeSource
VsphereVirtualDiskVolumeSource volumePath=1 fsType=2 storagePolicyName=3 storagePolicyID=4
WeightedPodAffinityTerm weight=1i podAffinityTerm=2:PodAffinityTerm
WindowsSecurityContextOptions gmsaCredentialSpecName=1 gmsaCredentialSpec=2 runAsUserName=3 hostProcess=4b
`;
