//! What several rules rest on.

use super::citations::{kubernetes, kubernetes_io, rfc5280};
use crate::lint::Reference;

pub(super) const REQUEST_HEADER: Reference = kubernetes!(
    "staging/src/k8s.io/apiserver/pkg/authentication/request/headerrequest/requestheader.go",
    "AuthenticateRequest"
);

pub(super) const X509_VERIFIER: Reference = kubernetes!(
    "staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go",
    "Verifier.AuthenticateRequest and verifySubject"
);

pub(super) const X509_USER: Reference =
    kubernetes!("staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go", "CommonNameUserConversion");

pub(super) const AUTHENTICATOR_ORDER: Reference =
    kubernetes!("pkg/kubeapiserver/authenticator/config.go", "Config.New (the order of the authenticators)");

pub(super) const OVERLAP_TEST: Reference = Reference {
    title: "kubernetes#131411: refuse to start when the bundles overlap and no name is required (certificatesOverlap)",
    url: "https://github.com/kubernetes/kubernetes/pull/131411",
};

pub(super) const DELEGATED_DEFAULTS: Reference = kubernetes!(
    "staging/src/k8s.io/apiserver/pkg/server/options/authentication.go",
    "NewDelegatingAuthenticationOptions"
);

pub(super) const TRUST_CONTROLLER: Reference = kubernetes!(
    "pkg/controlplane/controller/clusterauthenticationtrust/cluster_authentication_trust_controller.go",
    "combinedClusterAuthenticationInfo"
);

pub(super) const AGGREGATION_GUIDE: Reference =
    kubernetes_io!("Configure the Aggregation Layer", "tasks/extend-kubernetes/configure-aggregation-layer/");

pub(super) const AUTHENTICATING_PROXY: Reference = kubernetes_io!(
    "Authenticating, Authenticating Proxy",
    "reference/access-authn-authz/authentication/#authenticating-proxy"
);

pub(super) const CERTIFICATE_SIGNING_REQUESTS: Reference = kubernetes_io!(
    "Certificates and Certificate Signing Requests",
    "reference/access-authn-authz/certificate-signing-requests/"
);

pub(super) const PATH_VALIDATION: Reference = rfc5280!("6.1", "Basic Path Validation");

pub(super) const API_SERVICE: Reference =
    kubernetes!("staging/src/k8s.io/kube-aggregator/pkg/apis/apiregistration/v1/types.go", "APIServiceSpec");

pub(super) const API_SERVICE_VALIDATION: Reference = kubernetes!(
    "staging/src/k8s.io/kube-aggregator/pkg/apis/apiregistration/validation/validation.go",
    "ValidateAPIService"
);

pub(super) const ROOT_CERTIFICATES: Reference =
    kubernetes!("staging/src/k8s.io/client-go/transport/transport.go", "TLSConfigFor and rootCertPool");
