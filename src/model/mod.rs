//! The server as a model: arguments to options, start-up, authentication, issuer reach.

mod authentication;
mod config_map;
mod content;
mod csv;
mod delegation;
mod extension;
mod file_flag;
mod files;
mod headers;
mod kept_certificates;
mod kept_key;
mod labelled;
mod load;
mod lookup;
mod named;
mod objects;
mod options;
mod overlap;
mod passed_over;
mod pflag;
mod place;
mod reach;
mod reason;
mod root_ca;
mod setting;
mod setup;
mod startup;
#[cfg(test)]
mod testing;
mod trust;
mod unseen;
mod volumes;

pub use authentication::{
    AllowedNames, AnonymousRequests, Authentication, AuthenticatorKind, Decision, Request, RequestHeaderConfig, Step,
    User, Verdict,
};
pub use config_map::ConfigMap;
pub use extension::{ExtensionServer, Serving};
pub use file_flag::{FileFlag, FileState, PathFlag, Unusable, UnusableKind};
pub use files::shown_certificates;
pub use kept_certificates::KeptCertificates;
pub use kept_key::KeptKey;
pub use lookup::{FileCache, Lookup};
pub use objects::{MOST_SELECTED, Objects, selects};
pub use options::{Delegating, OptionError, OptionErrorKind, Options, Repetition, UnknownFlag, header_lists};
pub use overlap::{
    Overlap, issuers_above, known_certificates, other_certificates, requestheader_cas_that_log_in, unseen_issuer, ways,
};
pub use passed_over::{PassedOver, WhyPassedOver};
pub use place::is_same_file;
pub use reach::{Reach, ReachKind, anchors_above, demonstrate_front_proxy, demonstrate_user, reaches};
pub use reason::{Cause, Reason, sentences};
pub use setting::{Given, ListSetting, Setting};
pub use setup::{
    CertificateFile, DirectoryAbove, ForeignOwner, KeyFile, Permissions, PublicFile, Setup, TrustBundle, WatchedFile,
};
pub use startup::{Refusal, RefusalKind, Startup, refused_flags, refuses_to_start, start};
pub use trust::{Held, Purpose, Trust};
