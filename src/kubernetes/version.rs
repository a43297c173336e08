//! Versions of Kubernetes, as far as the model depends on them.

use std::fmt;
use std::str::FromStr;

/// A minor version, such as 1.36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KubernetesVersion {
    pub major: u16,
    pub minor: u16,
}

/// The text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Kubernetes version; give it as 1.36 or v1.36.2")]
pub struct VersionError(String);

impl KubernetesVersion {
    /// The newest version that the model was compared with.
    pub const NEWEST: Self = Self { major: 1, minor: 37 };

    /// The first one that refuses to start with overlapping bundles and no allowed names
    /// (kubernetes/kubernetes#131411, `certificatesOverlap`).
    pub const REFUSES_OVERLAP: Self = Self { major: 1, minor: 35 };

    /// The first one that verifies an extension server's certificate when it asks whether its API is available
    /// (kube-aggregator, pkg/controllers/status/remote).
    pub const VERIFIES_AVAILABILITY: Self = Self { major: 1, minor: 36 };

    /// The first one whose kube-controller-manager makes all controllers before it starts one (`BuildControllers`).
    pub const BUILDS_CONTROLLERS: Self = Self { major: 1, minor: 35 };
}

impl FromStr for KubernetesVersion {
    type Err = VersionError;

    /// Takes `1.36`, `v1.36.2`, `v1.36.2-rc.0+k3s1`. Images that somebody built have numbers of their own (scheduler-plugins'
    /// v0.34.7): no kube-apiserver that has a `--client-ca-file` is outside of 1.x.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let mut numbers = text.strip_prefix('v').unwrap_or(text).split(['.', '-', '+']);
        let mut next = || numbers.next().and_then(|number| number.parse().ok());
        match (next(), next()) {
            (Some(major @ 1), Some(minor)) => Ok(Self { major, minor }),
            _ => Err(VersionError(text.to_owned())),
        }
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_image_tags_hold() {
        for text in ["1.36", "v1.36.2", "v1.36.2-rc.0+k3s1", "1.36.2"] {
            assert_eq!(text.parse(), Ok(KubernetesVersion { major: 1, minor: 36 }), "{text}");
        }
        for text in ["latest", "", "v1", "1.x", "v0.34.7", "v2.1.0", "7.6.5"] {
            assert!(text.parse::<KubernetesVersion>().is_err(), "{text}");
        }
    }
}
