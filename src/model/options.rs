//! The flags that matter here, as the server understands them.

mod delegating;
mod parse;
mod paths;
mod slot;
mod values;

use std::collections::BTreeMap;

use crate::text::Located;

pub use delegating::Delegating;
pub(super) use parse::parse;
pub(super) use paths::Paths;

use super::{ListSetting, Reason, Setting};

/// The flags of one component (`RequestHeaderAuthenticationOptions` and its neighbours in k8s.io/apiserver), without
/// those that name files: these are in the [`Setup`](super::Setup), with their files.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub requestheader_allowed_names: ListSetting,
    pub requestheader_username_headers: ListSetting,
    pub requestheader_uid_headers: ListSetting,
    pub requestheader_group_headers: ListSetting,
    pub requestheader_extra_headers_prefix: ListSetting,
    pub enable_aggregator_routing: Setting<bool>,
    /// The default is true (`AnonymousAuthenticationOptions`).
    pub anonymous_auth: Setting<bool>,
    /// `AlwaysAllow` in it switches anonymous requests off (`BuiltInAuthenticationOptions.ApplyAuthorization`).
    pub authorization_mode: ListSetting,
    /// With a structured AuthorizationConfiguration there are no modes, nor their default.
    pub authorization_config: Setting<String>,
    /// Of the controller manager.
    pub controllers: ListSetting,
    /// `--feature-gates`, as far as it is readable; the last one of a name counts.
    pub feature_gates: BTreeMap<String, bool>,
    /// Why the component ends at the first gate that is neither on nor off.
    pub malformed_feature_gate: Option<Located<String>>,
    /// Of an extension API server.
    pub delegating: Delegating,
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

/// The lists of header names, by flag.
pub fn header_lists(options: &Options) -> [(&'static str, &ListSetting); 4] {
    [
        ("requestheader-username-headers", &options.requestheader_username_headers),
        ("requestheader-uid-headers", &options.requestheader_uid_headers),
        ("requestheader-group-headers", &options.requestheader_group_headers),
        ("requestheader-extra-headers-prefix", &options.requestheader_extra_headers_prefix),
    ]
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
    /// A flag of one letter that there is not.
    UnknownShorthand,
    /// A form that pflag does not take: `---x`.
    Malformed,
    /// The value does not parse: a boolean, a number.
    InvalidValue,
    /// The value is a list and has a quote where none may be, or one without its end.
    UnbalancedQuote,
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
    /// Whether the controller manager may run a controller, which has a second name
    /// (k8s.io/controller-manager pkg/genericcontrollermanager, `IsControllerEnabled`;
    /// cmd/kube-controller-manager/names, aliases). The first entry with its name counts, and `*` stands for the rest.
    pub fn may_run(&self, names: [&str; 2]) -> bool {
        let Setting::Given(list) = &self.controllers else { return true };
        let entries = || list.value.value.iter().map(|entry| entry.value.as_str());
        let decides = entries().find_map(|entry| match entry.strip_prefix('-') {
            Some(off) => names.contains(&off).then_some(false),
            None => names.contains(&entry).then_some(true),
        });
        decides.unwrap_or_else(|| entries().any(|entry| entry == "*"))
    }

    /// Takes over whom another one believes about users, and in which headers.
    pub(crate) fn take_request_header(&mut self, other: &Self) {
        self.requestheader_allowed_names = other.requestheader_allowed_names.clone();
        self.requestheader_username_headers = other.requestheader_username_headers.clone();
        self.requestheader_uid_headers = other.requestheader_uid_headers.clone();
        self.requestheader_group_headers = other.requestheader_group_headers.clone();
        self.requestheader_extra_headers_prefix = other.requestheader_extra_headers_prefix.clone();
    }

    /// Whether a feature gate is set by `--feature-gates`, and how.
    pub fn feature_gate(&self, name: &str) -> Option<bool> {
        self.feature_gates.get(name).copied()
    }
}
