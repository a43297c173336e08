//! Why a file, or a place of it, was not read.

use crate::text::Origin;

/// Why a file was not read as anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Nothing in it is of ours.
    #[error("{file}: nothing in it is a kube-apiserver's flags; see `aggcert check --help` for what is read")]
    Unrecognised { file: String },
    /// It speaks of the aggregation layer's flags and claims to be no set-up, or none that can be read: whoever wrote
    /// it may think of prose, of a program's source, or of a shape that is unknown here. Not a failure, and never
    /// passed over in silence.
    #[error("{0}{advice}", advice = .0.advice())]
    NotASetup(Unread),
    /// It is the shape, but broken.
    #[error("{origin}: {message}")]
    Malformed { origin: Origin, message: String },
}

/// Why a file that speaks of our flags is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRead {
    #[error("nothing around it has a shape that is read here")]
    UnknownShape,
    /// Something else of the file was read.
    #[error("it went into nothing that was read of this file")]
    BesideRead,
    /// Files in strings of files in strings of files.
    #[error("it is in a string too deep within others")]
    TooDeep,
    #[error("an APIService is read from YAML and JSON alone; give what `kubectl get apiservice -o yaml` prints")]
    ApiService,
    /// Helm's values.
    #[error("the APIService that a chart makes of it is not judged here; give what `helm template` prints")]
    OfChart,
    /// RFC 6902: it changes an object, which may be in this file or made elsewhere.
    #[error("a JSON patch that gives it is not applied")]
    Patch,
    /// What a kustomization is made of, elsewhere; its directory.
    #[error("it leads out of the directory and is not followed; all of it: kubectl kustomize {0} | aggcert check -")]
    Outside(String),
    /// A release of Helm that cannot be unpacked.
    #[error("compressed data is not looked into; give what `helm get manifest` prints")]
    Compressed,
    /// Helm's `Status` (pkg/release/v1/status.go).
    #[error("its status is {0}, and what is deployed is judged alone; give what `helm get manifest` prints")]
    NotDeployed(String),
    /// A file within a string.
    #[error("{0}; unpack what may hold a set-up")]
    Packed(String),
    /// k3s-io/k3s, pkg/configfilearg/parser.go, `stripInvalidFlags`.
    #[error("k3s or RKE2 runs as an agent here, and passes over what is a server's")]
    OfAgent,
    /// An extension API server of OpenShift's; the kind of its operator's object.
    #[error("{0} has the arguments of another server, which is no kube-apiserver")]
    OfOtherServer(String),
    /// k8s.io/kubernetes pkg/kubelet/config/common.go, `tryDecodeSinglePod`.
    #[error("the kubelet takes the first document of a file alone")]
    BehindFirst,
    /// systemd.unit(5), "Unit File Load Path".
    #[error("systemd reads {0} in its place")]
    Hidden(String),
    #[error("systemd does not read it: {0} masks it")]
    Masked(String),
    #[error("systemd does not read it: of the files beside a drop-in it takes those that end in .conf")]
    NoDropIn,
    /// Its excerpts are lines of set-ups, which are judged where they stand.
    #[error("this is a report of aggcert")]
    Report,
    /// Nearly YAML or JSON: why the parser ended.
    #[error("{0}")]
    Broken(String),
}

/// A place that names our flags and was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{mention}: {name} stands here, but {reason}")]
pub struct Unread {
    /// The flag as it is spelt.
    pub name: String,
    pub mention: Origin,
    /// It gives a flag, and does not only speak of it.
    pub gives: bool,
    pub reason: NotRead,
}

impl Unread {
    /// What to do about a file of which nothing was read.
    fn advice(&self) -> &'static str {
        let has_own = matches!(self.reason, NotRead::Outside(_) | NotRead::ApiService | NotRead::OfChart);
        if has_own || self.reason.is_of_no_account() {
            ""
        } else {
            "; if this is a set-up, name its shape with --input-format"
        }
    }
}

impl NotRead {
    /// Whether what stands there counts for nothing.
    pub(super) fn is_of_no_account(&self) -> bool {
        matches!(
            self,
            Self::BehindFirst
                | Self::Hidden(_)
                | Self::Masked(_)
                | Self::NoDropIn
                | Self::Report
                | Self::OfOtherServer(_)
                | Self::NotDeployed(_)
        )
    }
}
