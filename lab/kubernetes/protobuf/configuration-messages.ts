/** Wire format of the groups about access, networking, storage and scheduling. In the notation of `message-table.ts`. */
export const CONFIGURATION_MESSAGES = `
AggregationRule clusterRoleSelectors=1*:LabelSelector
BoundObjectReference kind=1 apiVersion=2 name=3 uid=4
CSIDriver metadata=1:ObjectMeta spec=2:CSIDriverSpec
CSIDriverSpec attachRequired=1b podInfoOnMount=2b volumeLifecycleModes=3* storageCapacity=4b fsGroupPolicy=5 tokenRequests=6*:storageTokenRequest requiresRepublish=7b seLinuxMount=8b
CSINode metadata=1:ObjectMeta spec=2:CSINodeSpec
CSINodeDriver name=1 nodeID=2 topologyKeys=3* allocatable=4:VolumeNodeResources
CSINodeSpec drivers=1*:CSINodeDriver
CertificateSigningRequest metadata=1:ObjectMeta spec=2:CertificateSigningRequestSpec status=3:CertificateSigningRequestStatus
CertificateSigningRequestCondition type=1 status=6 reason=2 message=3 lastUpdateTime=4:Time lastTransitionTime=5:Time
CertificateSigningRequestSpec request=1y signerName=7 expirationSeconds=8i usages=5* username=2 uid=3 groups=4* extra=6%:ExtraValue
CertificateSigningRequestStatus conditions=1*:CertificateSigningRequestCondition certificate=2y
ClusterRole metadata=1:ObjectMeta rules=2*:PolicyRule aggregationRule=3:AggregationRule
ClusterRoleBinding metadata=1:ObjectMeta subjects=2*:Subject roleRef=3:RoleRef
Endpoint addresses=1* conditions=2:EndpointConditions hostname=3 targetRef=4:ObjectReference deprecatedTopology=5% nodeName=6 zone=7 hints=8:EndpointHints
EndpointConditions ready=1b serving=2b terminating=3b
EndpointHints forZones=1*:ForZone
EndpointSlice metadata=1:ObjectMeta addressType=4 endpoints=2*:Endpoint ports=3*:discoveryEndpointPort
FieldSelectorAttributes rawSelector=1 requirements=2*:FieldSelectorRequirement
ForZone name=1
HTTPIngressPath path=1 pathType=3 backend=2:IngressBackend
HTTPIngressRuleValue paths=1*:HTTPIngressPath
IPBlock cidr=1 except=2*
Ingress metadata=1:ObjectMeta spec=2:IngressSpec status=3:IngressStatus
IngressBackend service=4:IngressServiceBackend resource=3:TypedLocalObjectReference
IngressClass metadata=1:ObjectMeta spec=2:IngressClassSpec
IngressClassParametersReference apiGroup=1 kind=2 name=3 scope=4 namespace=5
IngressClassSpec controller=1 parameters=2:IngressClassParametersReference
IngressLoadBalancerIngress ip=1 hostname=2 ports=4*:IngressPortStatus
IngressLoadBalancerStatus ingress=1*:IngressLoadBalancerIngress
IngressPortStatus port=1i protocol=2 error=3
IngressRule host=1 ingressRuleValue=2!:IngressRuleValue
IngressRuleValue http=1:HTTPIngressRuleValue
IngressServiceBackend name=1 port=2:ServiceBackendPort
IngressSpec ingressClassName=4 defaultBackend=1:IngressBackend tls=2*:IngressTLS rules=3*:IngressRule
IngressStatus loadBalancer=1:IngressLoadBalancerStatus
IngressTLS hosts=1* secretName=2
LabelSelectorAttributes rawSelector=1 requirements=2*:LabelSelectorRequirement
Lease metadata=1:ObjectMeta spec=2:LeaseSpec
LeaseSpec holderIdentity=1 leaseDurationSeconds=2i acquireTime=3:MicroTime renewTime=4:MicroTime leaseTransitions=5i strategy=6 preferredHolder=7
LocalSubjectAccessReview metadata=1:ObjectMeta spec=2:SubjectAccessReviewSpec status=3:SubjectAccessReviewStatus
NetworkPolicy metadata=1:ObjectMeta spec=2:NetworkPolicySpec
NetworkPolicyEgressRule ports=1*:NetworkPolicyPort to=2*:NetworkPolicyPeer
NetworkPolicyIngressRule ports=1*:NetworkPolicyPort from=2*:NetworkPolicyPeer
NetworkPolicyPeer podSelector=1:LabelSelector namespaceSelector=2:LabelSelector ipBlock=3:IPBlock
NetworkPolicyPort protocol=1 port=2:IntOrString endPort=3i
NetworkPolicySpec podSelector=1:LabelSelector ingress=2*:NetworkPolicyIngressRule egress=3*:NetworkPolicyEgressRule policyTypes=4*
NonResourceAttributes path=1 verb=2
NonResourceRule verbs=1* nonResourceURLs=2*
PolicyRule verbs=1* apiGroups=2* resources=3* resourceNames=4* nonResourceURLs=5*
PriorityClass metadata=1:ObjectMeta value=2i globalDefault=3b description=4 preemptionPolicy=5
ResourceAttributes namespace=1 verb=2 group=3 version=4 resource=5 subresource=6 name=7 fieldSelector=8:FieldSelectorAttributes labelSelector=9:LabelSelectorAttributes
ResourceRule verbs=1* apiGroups=2* resources=3* resourceNames=4*
Role metadata=1:ObjectMeta rules=2*:PolicyRule
RoleBinding metadata=1:ObjectMeta subjects=2*:Subject roleRef=3:RoleRef
RoleRef apiGroup=1 kind=2 name=3
SelfSubjectAccessReview metadata=1:ObjectMeta spec=2:SelfSubjectAccessReviewSpec status=3:SubjectAccessReviewStatus
SelfSubjectAccessReviewSpec resourceAttributes=1:ResourceAttributes nonResourceAttributes=2:NonResourceAttributes
SelfSubjectReview metadata=1:ObjectMeta status=2:SelfSubjectReviewStatus
SelfSubjectReviewStatus userInfo=1:UserInfo
SelfSubjectRulesReview metadata=1:ObjectMeta spec=2:SelfSubjectRulesReviewSpec status=3:SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec namespace=1
ServiceBackendPort name=1 number=2i
StorageClass metadata=1:ObjectMeta provisioner=2 parameters=3% reclaimPolicy=4 mountOptions=5* allowVolumeExpansion=6b volumeBindingMode=7 allowedTopologies=8*:TopologySelectorTerm
Subject kind=1 apiGroup=2 name=3 namespace=4
SubjectAccessReview metadata=1:ObjectMeta spec=2:SubjectAccessReviewSpec status=3:SubjectAccessReviewStatus
SubjectAccessReviewSpec resourceAttributes=1:ResourceAttributes nonResourceAttributes=2:NonResourceAttributes user=3 groups=4* extra=5%:ExtraValue uid=6
SubjectAccessReviewStatus allowed=1b denied=4b reason=2 evaluationError=3
SubjectRulesReviewStatus resourceRules=1*:ResourceRule nonResourceRules=2*:NonResourceRule incomplete=3b evaluationError=4
TokenRequest metadata=1:ObjectMeta spec=2:TokenRequestSpec status=3:TokenRequestStatus
TokenRequestSpec audiences=1* expirationSeconds=4i boundObjectRef=3:BoundObjectReference
TokenRequestStatus token=1 expirationTimestamp=2:Time
TokenReview metadata=1:ObjectMeta spec=2:TokenReviewSpec status=3:TokenReviewStatus
TokenReviewSpec token=1 audiences=2*
TokenReviewStatus authenticated=1b user=2:UserInfo audiences=4* error=3
UserInfo username=1 uid=2 groups=3* extra=4%:ExtraValue
VolumeAttachment metadata=1:ObjectMeta spec=2:VolumeAttachmentSpec status=3:VolumeAttachmentStatus
VolumeAttachmentSource persistentVolumeName=1 inlineVolumeSpec=2:PersistentVolumeSpec
VolumeAttachmentSpec attacher=1 source=2:VolumeAttachmentSource nodeName=3
VolumeAttachmentStatus attached=1b attachmentMetadata=2% attachError=3:VolumeError detachError=4:VolumeError
VolumeError time=1:Time message=2
VolumeNodeResources count=1i
discoveryEndpointPort name=1 protocol=2 port=3i appProtocol=4
eventsEvent metadata=1:ObjectMeta eventTime=2:MicroTime series=3:eventsEventSeries reportingController=4 reportingInstance=5 action=6 reason=7 regarding=8:ObjectReference related=9:ObjectReference note=10 type=11 deprecatedSource=12:EventSource deprecatedFirstTimestamp=13:Time deprecatedLastTimestamp=14:Time deprecatedCount=15i
eventsEventSeries count=1i lastObservedTime=2:MicroTime
storageTokenRequest audience=1 expirationSeconds=2i
`;
