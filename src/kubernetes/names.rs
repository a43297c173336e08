//! Names of objects and of APIs (k8s.io/apimachinery, pkg/util/validation).

use std::fmt;
use std::str::FromStr;

/// RFC 1123, section 2.1: a part of a DNS name, as a namespace is called.
pub fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Labels with dots between them.
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

/// Namespace and name of the ConfigMap by which extension API servers know the front proxy
/// (pkg/controlplane/controller/clusterauthenticationtrust).
pub(crate) const AUTHENTICATION_CONFIG_MAP: &str = "kube-system/extension-apiserver-authentication";

/// Where the kubelet puts the CA that a Pod verifies kube-apiserver's serving certificate with.
pub const SERVICE_ACCOUNT_CA: &str = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/// Whether a path is that; `/var/run` leads to `/run` (Filesystem Hierarchy Standard 3.0, section 5.13).
pub(crate) fn is_service_account_ca(path: &str) -> bool {
    let below_run = |path: &str| path.strip_prefix("/var").unwrap_or(path).to_owned();
    below_run(path) == below_run(SERVICE_ACCOUNT_CA)
}

/// The command that reads the ConfigMap by which extension API servers know the front proxy, and what follows it.
macro_rules! get_config_map {
    ($rest:literal) => {
        concat!("kubectl -n kube-system get configmap extension-apiserver-authentication -o ", $rest)
    };
}

pub(crate) use get_config_map;

/// Groups that kube-apiserver serves itself, and registers again whenever somebody else does
/// (k8s.io/kubernetes, pkg/controlplane/apiserver, `apiVersionPriorities`), handed to a macro that makes of the literals
/// what is needed: a list, or a part of a pattern.
macro_rules! own_groups {
    ($make:ident) => {
        $make! {
            "admissionregistration.k8s.io",
            "apiextensions.k8s.io",
            "apiregistration.k8s.io",
            "apps",
            "authentication.k8s.io",
            "authorization.k8s.io",
            "autoscaling",
            "batch",
            "certificates.k8s.io",
            "coordination.k8s.io",
            "discovery.k8s.io",
            "events.k8s.io",
            "extensions",
            "flowcontrol.apiserver.k8s.io",
            "internal.apiserver.k8s.io",
            "networking.k8s.io",
            "node.k8s.io",
            "policy",
            "rbac.authorization.k8s.io",
            "resource.k8s.io",
            "scheduling.k8s.io",
            "storage.k8s.io",
            "storagemigration.k8s.io",
        }
    };
}

pub(crate) use own_groups;

/// Groups that extension API servers serve which many clusters have, as parts of a pattern, handed to a macro as above. A
/// CustomResourceDefinition serves any other group as often.
macro_rules! aggregated_groups {
    ($make:ident) => {
        $make! {
            r"(?:custom\.|external\.)?metrics\.k8s\.io",
            r"\bwardle\b",
            r"packages\.operators\.coreos\.com",
            r"(?:^|[^d]\.|[^.\w])projectcalico\.org",
            r"tap\.linkerd\.io",
            r"(?:sub)?resources?\.kubevirt\.io",
            r"upload\.cdi\.kubevirt\.io",
            r"servicecatalog\.k8s\.io",
            r"(?:controlplane|stats|system|networking)\.antrea\.(?:io|tanzu\.vmware\.com)",
            r"(?:proxy|clusterview)\.open-cluster-management\.io",
            r"(?:cluster|search)\.karmada\.io",
            r"(?:apps|authorization|build|image|oauth|project|quota|route|security|template|user)\.openshift\.io",
            r"ext\.cattle\.io",
            r"(?:identity|login)\.concierge\.pinniped\.dev",
            r"data\.packaging\.carvel\.dev",
            r"softwarecomposition\.kubescape\.io",
            r"(?:core|settings|operations|seedmanagement)\.gardener\.cloud",
            r"visibility\.kueue\.x-k8s\.io",
            r"management\.loft\.sh",
            r"(?:admission|webhook)\.certmanager\.k8s\.io",
        }
    };
}

pub(crate) use aggregated_groups;

macro_rules! list {
    ($($group:literal,)*) => { &[$($group),*] };
}

const OWN_GROUPS: &[&str] = own_groups!(list);

/// The name of an APIService that an extension server can have: `v1beta1.metrics.k8s.io`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiServiceName {
    pub version: String,
    pub group: String,
}

/// Why a text is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiServiceNameError {
    #[error("an APIService is called VERSION.GROUP, such as v1beta1.metrics.k8s.io")]
    Malformed,
    #[error("it begins with no version, such as v1 or v1beta1, with a dot behind it: v1beta1.metrics.k8s.io")]
    Version,
    #[error("the group consists of lower-case letters, digits, dashes and dots, and is a DNS name")]
    Group,
    #[error("kube-apiserver serves this group itself")]
    OwnGroup,
}

impl FromStr for ApiServiceName {
    type Err = ApiServiceNameError;

    /// kube-aggregator wants `<version>.<group>` (pkg/apis/apiregistration/validation, `ValidateAPIService`).
    fn from_str(text: &str) -> Result<Self, ApiServiceNameError> {
        let (version, group) = text.split_once('.').ok_or(ApiServiceNameError::Malformed)?;
        if !is_version(version) {
            Err(ApiServiceNameError::Version)
        } else if !is_subdomain(group) || text.len() > 253 {
            Err(ApiServiceNameError::Group)
        } else if OWN_GROUPS.contains(&group) {
            Err(ApiServiceNameError::OwnGroup)
        } else {
            Ok(Self { version: version.to_owned(), group: group.to_owned() })
        }
    }
}

impl fmt::Display for ApiServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.version, self.group)
    }
}

/// `v1`, `v2beta3` (k8s.io/apimachinery, pkg/version, `kubeVersionRegex`). The API takes others; who leaves the version
/// out is far more common.
fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(rest) = text.strip_prefix('v').filter(|_| text.len() <= 63) else { return false };
    let major = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    major.len() < rest.len()
        && (major.is_empty() || ["alpha", "beta"].iter().any(|kind| major.strip_prefix(kind).is_some_and(digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_group_follow_from_the_name() {
        for (text, version, group) in [
            ("v1beta1.metrics.k8s.io", "v1beta1", "metrics.k8s.io"),
            ("v1alpha1.wardle.example.com", "v1alpha1", "wardle.example.com"),
            ("v1.wardle", "v1", "wardle"),
            ("v1.packages.operators.coreos.com", "v1", "packages.operators.coreos.com"),
        ] {
            let name: ApiServiceName = text.parse().unwrap();
            assert_eq!((name.version.as_str(), name.group.as_str()), (version, group));
            assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        use ApiServiceNameError::{Group, Malformed, OwnGroup, Version};
        for (text, error) in [
            ("", Malformed),
            ("v1", Malformed),
            ("metrics.k8s.io", Version),
            ("V1.metrics.k8s.io", Version),
            ("v.metrics.k8s.io", Version),
            ("v1gamma1.metrics.k8s.io", Version),
            ("v1beta.metrics.k8s.io", Version),
            ("v1.", Group),
            ("v1.Metrics.k8s.io", Group),
            ("v1.metrics..io", Group),
            ("v1.-x.io", Group),
            ("v1.a b.io", Group),
            ("v1.x.io\n", Group),
            ("v1.apps", OwnGroup),
            ("v1.batch", OwnGroup),
            ("v1.storage.k8s.io", OwnGroup),
        ] {
            assert_eq!(text.parse::<ApiServiceName>(), Err(error), "{text:?}");
        }
        assert_eq!(format!("v1.{}.io", "a.".repeat(130)).parse::<ApiServiceName>(), Err(Group));
    }

    #[test]
    fn labels_are_those_of_dns() {
        assert!(is_label("kube-system") && is_label("9") && is_label(&"a".repeat(63)));
        for text in ["", "-a", "a-", "A", "a.b", "a_b", "ä", &"a".repeat(64)] {
            assert!(!is_label(text), "{text}");
        }
        assert!(is_subdomain("cluster.local") && is_subdomain("a"));
        assert!(!is_subdomain("cluster.local.") && !is_subdomain(""));
    }
}
