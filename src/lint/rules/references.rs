//! What several rules rest on.

use crate::lint::Reference;

pub(super) const REQUEST_HEADER: Reference = Reference {
    title: "k8s.io/apiserver: pkg/authentication/request/headerrequest/requestheader.go, AuthenticateRequest",
    url: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/authentication/request/headerrequest/requestheader.go",
};

pub(super) const X509_VERIFIER: Reference = Reference {
    title: "k8s.io/apiserver: pkg/authentication/request/x509/x509.go, Verifier.AuthenticateRequest and verifySubject",
    url: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go",
};

pub(super) const X509_USER: Reference = Reference {
    title: "k8s.io/apiserver: pkg/authentication/request/x509/x509.go, CommonNameUserConversion",
    url: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go",
};

pub(super) const AUTHENTICATOR_ORDER: Reference = Reference {
    title: "kubernetes: pkg/kubeapiserver/authenticator/config.go, Config.New (the order of the authenticators)",
    url: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubeapiserver/authenticator/config.go",
};

pub(super) const OVERLAP_TEST: Reference = Reference {
    title: "kubernetes#131411: refuse to start when the bundles overlap and no name is required (certificatesOverlap)",
    url: "https://github.com/kubernetes/kubernetes/pull/131411",
};

pub(super) const DELEGATED_DEFAULTS: Reference = Reference {
    title: "k8s.io/apiserver: pkg/server/options/authentication.go, NewDelegatingAuthenticationOptions",
    url: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/server/options/authentication.go",
};

pub(super) const TRUST_CONTROLLER: Reference = Reference {
    title: "kubernetes: pkg/controlplane/controller/clusterauthenticationtrust, combinedClusterAuthenticationInfo",
    url: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controlplane/controller/clusterauthenticationtrust/cluster_authentication_trust_controller.go",
};

pub(super) const AGGREGATION_GUIDE: Reference = Reference {
    title: "Kubernetes documentation: Configure the Aggregation Layer",
    url: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
};

pub(super) const AUTHENTICATING_PROXY: Reference = Reference {
    title: "Kubernetes documentation: Authenticating, Authenticating Proxy",
    url: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy",
};

pub(super) const CERTIFICATE_SIGNING_REQUESTS: Reference = Reference {
    title: "Kubernetes documentation: Certificates and Certificate Signing Requests",
    url: "https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/",
};

pub(super) const PATH_VALIDATION: Reference = Reference {
    title: "RFC 5280, section 6.1: Basic Path Validation",
    url: "https://www.rfc-editor.org/rfc/rfc5280#section-6.1",
};

pub(super) const API_SERVICE: Reference = Reference {
    title: "kube-aggregator: pkg/apis/apiregistration/v1/types.go, APIServiceSpec",
    url: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/kube-aggregator/pkg/apis/apiregistration/v1/types.go",
};

pub(super) const API_SERVICE_VALIDATION: Reference = Reference {
    title: "kube-aggregator: pkg/apis/apiregistration/validation/validation.go, ValidateAPIService",
    url: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/kube-aggregator/pkg/apis/apiregistration/validation/validation.go",
};

pub(super) const ROOT_CERTIFICATES: Reference = Reference {
    title: "client-go: transport/transport.go, TLSConfigFor and rootCertPool",
    url: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/client-go/transport/transport.go",
};
