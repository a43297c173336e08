//! The flags that matter here, as the server understands them.

mod parse;
mod values;

use std::collections::BTreeMap;

use crate::source::Provenance;
use crate::text::{Located, Origin};

use super::Reason;

/// The value of one flag after all its occurrences were taken together.
///
/// Absent, opaque and given stay apart, and an empty value is a given one: `--requestheader-allowed-names=` switches
/// something off on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Setting<T> {
    #[default]
    Absent,
    /// Given, but with a template's or shell's expression in it, or not what it should be; the value as written.
    Opaque(Located<String>),
    Given(Given<T>),
}

/// A value and how it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    /// The origin is that of the value where one is written, else of the flag.
    pub value: Located<T>,
    /// Where the flag's name is written (the last occurrence).
    pub flag: Origin,
    pub provenance: Provenance,
}

impl<T> Setting<T> {
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub fn given(&self) -> Option<&Given<T>> {
        match self {
            Self::Given(given) => Some(given),
            _ => None,
        }
    }

    /// The value, when it is given and known.
    pub fn value(&self) -> Option<&T> {
        self.given().map(|given| &given.value.value)
    }

    /// Where the value is written, given or opaque.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Absent => None,
            Self::Opaque(expression) => Some(&expression.origin),
            Self::Given(given) => Some(&given.value.origin),
        }
    }
}

impl Setting<String> {
    /// The path, when it is given, known and not empty: an empty path flag is the same as none.
    pub fn path(&self) -> Option<&str> {
        self.value().map(String::as_str).filter(|path| !path.is_empty())
    }
}

impl Setting<Vec<Located<String>>> {
    /// The entries, when they are known. Absent is the empty list, as in the server.
    pub fn entries(&self) -> Option<Vec<&str>> {
        match self {
            Self::Absent => Some(Vec::new()),
            Self::Opaque(_) => None,
            Self::Given(given) => Some(given.value.value.iter().map(|entry| entry.value.as_str()).collect()),
        }
    }
}

/// A list flag: the entries in order, each with its own place.
pub type ListSetting = Setting<Vec<Located<String>>>;

/// The flags of one component (`RequestHeaderAuthenticationOptions` and its neighbours in k8s.io/apiserver).
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub client_ca_file: Setting<String>,
    pub requestheader_client_ca_file: Setting<String>,
    pub requestheader_allowed_names: ListSetting,
    pub requestheader_username_headers: ListSetting,
    pub requestheader_uid_headers: ListSetting,
    pub requestheader_group_headers: ListSetting,
    pub requestheader_extra_headers_prefix: ListSetting,
    pub proxy_client_cert_file: Setting<String>,
    pub proxy_client_key_file: Setting<String>,
    pub enable_aggregator_routing: Setting<bool>,
    /// The default is true (`AnonymousAuthenticationOptions`).
    pub anonymous_auth: Setting<bool>,
    /// With a structured AuthenticationConfiguration, which may switch anonymous requests off or narrow them.
    pub authentication_config: Setting<String>,
    /// `AlwaysAllow` in it switches anonymous requests off (`BuiltInAuthenticationOptions.ApplyAuthorization`).
    pub authorization_mode: ListSetting,
    /// With a structured AuthorizationConfiguration there are no modes, nor their default.
    pub authorization_config: Setting<String>,
    /// `--feature-gates`, as far as it is readable; the last one of a name counts.
    pub feature_gates: BTreeMap<String, bool>,
    /// Why the component ends at the first gate that is neither on nor off.
    pub malformed_feature_gate: Option<Located<String>>,
    pub tls_cert_file: Setting<String>,
    pub tls_private_key_file: Setting<String>,
    pub kubelet_client_certificate: Setting<String>,
    pub kubelet_certificate_authority: Setting<String>,
    pub etcd_cafile: Setting<String>,
    pub etcd_certfile: Setting<String>,
    pub service_account_key_file: Setting<String>,
    /// kube-controller-manager: `--cluster-signing-cert-file` and its per-signer variants, as (flag, value).
    pub cluster_signing_cert_files: Vec<(&'static str, Setting<String>)>,
    /// The private keys of these CAs, likewise.
    pub cluster_signing_key_files: Vec<(&'static str, Setting<String>)>,
    pub root_ca_file: Setting<String>,
    /// kube-controller-manager signs service account tokens with it.
    pub service_account_private_key_file: Setting<String>,
    /// What pflag, or the server's own validation of one flag, would end the process with; in the order in which it
    /// would be met.
    pub errors: Vec<OptionError>,
    /// Flags of ours that stand there more than once.
    pub repeated: Vec<Repetition>,
    /// Flags near ours that no version of the component has; the server ends at the first.
    pub unknown: Vec<UnknownFlag>,
    /// Flags that are in no list here and near none: of a vendor's build, or of a later version. Upstream's server of
    /// the newest version that is modelled ends at the first.
    pub foreign: Vec<Located<String>>,
    /// Flags that only other versions than the one that is assumed have, where no version is named.
    pub of_other_versions: Vec<UnknownFlag>,
    /// `--help` or `--version`: the process prints and ends.
    pub prints_and_exits: Option<Located<String>>,
    /// Why an absent flag may be given after all: only a fragment of the arguments is here, or one of them is an
    /// expression that may be any flag.
    pub fragment: Option<Reason>,
}

/// An argument that the server does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionError {
    /// As pflag words it: `unknown flag: --requestheader-allowed-name`.
    pub message: Located<String>,
    pub kind: OptionErrorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionErrorKind {
    UnknownFlag,
    /// One dash, or another form that pflag does not take.
    Malformed,
    /// The value does not parse: CSV quotes, a boolean.
    InvalidValue,
    /// The flag needs a value and is the last argument.
    MissingValue,
    /// The argument is no flag and the component takes none.
    Positional,
}

/// A flag given more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repetition {
    /// Without dashes.
    pub flag: &'static str,
    /// Each value as written, in order.
    pub values: Vec<Located<String>>,
    /// Lists are joined; of other flags the last value counts.
    pub joins: bool,
    /// No value is known: they may stand in branches of a template or script of which one is taken.
    pub may_exclude: bool,
}

/// A flag that the component does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFlag {
    /// With its dashes, as written.
    pub flag: Located<String>,
    /// What was meant, where it is misspelt.
    pub suggestion: Option<&'static str>,
    /// When it was or will be there: `until 1.23`.
    pub other_version: Option<String>,
}

impl Options {
    /// Whether a feature gate is set by `--feature-gates`, and how.
    pub fn feature_gate(&self, name: &str) -> Option<bool> {
        self.feature_gates.get(name).copied()
    }
}
